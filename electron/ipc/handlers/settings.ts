// The calls about what the interface remembers. All of it is the own workspace's, also while another is looked at; secrets go to
// their store and never come back.

import { preferencesSchema, type Preferences, type settingsContract } from "../../../shared/contract/settings.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import type { ReadConnection } from "../../storage/connection.ts";
import { getSetting, setSetting } from "../../storage/settings.ts";
import type { HandlersOf } from "../dispatch.ts";

const PREFERENCES_KEY = "interface.preferences";
const LARGEST_DRAFT_BYTES = 256 * 1024;

const draftKey = (name: string): string => `interface.draft/${name}`;

export const settingsHandlers: HandlersOf<typeof settingsContract> = {
  get: (_, { workspaces }) => readPreferences(workspaces.own.db),
  set: (changes, { workspaces, publish }) => {
    const next = workspaces.own.write((db) => {
      const merged = preferencesSchema.parse({ ...readPreferences(db), ...changes });
      setSetting(db, PREFERENCES_KEY, merged);
      return merged;
    });
    publish("workspace", { changed: "settings" });
    return next;
  },
  getDraft: ({ name }, { workspaces }) => getSetting(workspaces.own.db, draftKey(name)) ?? null,
  setDraft: ({ name, value }, { workspaces }) => {
    const sizeBytes = Buffer.byteLength(JSON.stringify(value));
    if (sizeBytes > LARGEST_DRAFT_BYTES) {
      throw new WorkbenchError("invalid-argument", "the draft is too long to keep", {
        where: name,
        expected: `at most ${LARGEST_DRAFT_BYTES} bytes`,
        got: String(sizeBytes),
      });
    }
    workspaces.own.write((db) => setSetting(db, draftKey(name), value ?? undefined));
    return { saved: true };
  },
  listSecrets: async (_, { secrets }) => ({
    available: await secrets.isAvailable(),
    lasting: secrets.lasting,
    names: secrets.names(),
  }),
  setSecret: async ({ name, value }, { secrets }) => {
    await secrets.set(name, value);
    return { saved: true };
  },
};

/** What cannot be read any more counts as never set. */
export function readPreferences(db: ReadConnection): Preferences {
  const stored = preferencesSchema.safeParse(getSetting(db, PREFERENCES_KEY) ?? {});
  return stored.success ? stored.data : preferencesSchema.parse({});
}
