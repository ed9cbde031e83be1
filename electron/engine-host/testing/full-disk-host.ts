// A host on a small file system of its own: `full-disk-host.ts WORKSPACE MODEL DATA MOUNT_POINT` trains until the disk is full, makes
// room, and resumes. Prints one JSON object.

import { execFileSync } from "node:child_process";
import { workspaceDigest } from "../../storage/digest.ts";
import { checkIntegrity } from "../../storage/integrity.ts";
import type { RunId } from "../../storage/ids.ts";
import { getRun, listRuns } from "../../storage/runs.ts";
import { openTestHost } from "./test-host.ts";
import { FULL_DISK_SETTINGS, tinyTraining } from "./tiny-training.ts";

/** Of util-linux. */
const MOUNT = "mount";

const [workspace = "", model = "", data = "", mountPoint = ""] = process.argv.slice(2);
const host = openTestHost(workspace);
const run = () => getRun(host.db, 1 as RunId);
const hasEnded = (): boolean => ["failed", "interrupted"].includes(listRuns(host.db)[0]?.status ?? "");

const first = host.start(tinyTraining(model, data, FULL_DISK_SETTINGS));
await host.until(() => hasEnded() || host.engine.condition().state === "crashed");
const stopped = {
  stored: run().lastStep,
  integrity: checkIntegrity(host.db),
  // Where not even the end of the run could be stored, the engine's last words say it.
  said: `${JSON.stringify(run().error)} ${host.engine.condition().reason ?? ""}`,
};
execFileSync(MOUNT, ["-o", "remount,size=256m", mountPoint]);
await host.ended(first);
await host.ended(host.start({ kind: "resume", runId: 1 }, 1));
const { status, lastStep } = run();
process.stdout.write(JSON.stringify({ stopped, status, lastStep, digest: workspaceDigest(host.db, 1 as RunId).digest }));
await host.close();
