// SHA-256 and the one canonical text form of JSON that content hashes are taken of.

import { createHash } from "node:crypto";

/** Lower-case hex SHA-256. */
export function sha256(data: string | NodeJS.ArrayBufferView): string {
  return createHash("sha256").update(data).digest("hex");
}

/** JSON with object keys in code-unit order and no white space; like JSON.stringify it leaves out undefined members. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    member !== null && typeof member === "object" && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : member,
  );
}
