// The open workspaces of a host: the user's own one, open for as long as the host runs, and perhaps another that is looked at
// without ever being written to.

import { realpathSync } from "node:fs";
import { WorkbenchError } from "../../shared/errors.ts";
import { transaction, type ReadConnection, type WriteConnection } from "../storage/connection.ts";
import { openWorkspace, openWorkspaceReadOnly } from "../storage/open-workspace.ts";

export interface WorkspaceAccess {
  readonly path: string;
  /** Nothing may be written, and no engine runs on it. */
  readonly readOnly: boolean;
  /** For queries; it sees what the engine commits. */
  readonly db: ReadConnection;
  /** One short write transaction, beside a running engine. Throws "read-only" where the workspace is. */
  readonly write: <Outcome>(body: (db: WriteConnection) => Outcome) => Outcome;
}

export interface Workspaces {
  readonly own: WorkspaceAccess;
  readonly shown: () => WorkspaceAccess;
  /** Throws what opening throws; then what was shown stays. */
  readonly showReadOnly: (path: string) => void;
  readonly showOwn: () => void;
  readonly close: () => void;
}

/** Opens the own workspace, making the file where it is absent. Throws what opening a workspace throws. */
export function openWorkspaces(ownPath: string): Workspaces {
  const writing = openWorkspace(ownPath, { create: true });
  const own: WorkspaceAccess & { readonly db: ReadConnection } = {
    path: writing.name,
    readOnly: false,
    db: openWorkspaceReadOnly(writing.name),
    write: (body) => transaction(writing, () => body(writing)),
  };
  let foreign: WorkspaceAccess | undefined;
  const showOwn = (): void => {
    foreign?.db.close();
    foreign = undefined;
  };
  return {
    own,
    shown: () => foreign ?? own,
    showReadOnly: (path) => {
      const next = isSameFile(path, own.path) ? undefined : readOnlyAccess(path);
      showOwn();
      foreign = next;
    },
    showOwn,
    close: () => {
      showOwn();
      own.db.close();
      writing.close();
    },
  };
}

function readOnlyAccess(path: string): WorkspaceAccess {
  const db = openWorkspaceReadOnly(path);
  return {
    path: db.name,
    readOnly: true,
    db,
    write: () => {
      throw new WorkbenchError("read-only", "this workspace is only looked at", {
        where: db.name,
        hint: "Import its runs into your own workspace to change them.",
      });
    },
  };
}

function isSameFile(a: string, b: string): boolean {
  try {
    return realpathSync(a) === realpathSync(b);
  } catch {
    return false;
  }
}
