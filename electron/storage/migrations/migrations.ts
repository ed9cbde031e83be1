// The numbered migrations in order; a workspace's user_version is the number of the last one applied.

import { workspaceSchema } from "./0001-workspace.ts";
import { userEdits } from "./0002-user-edits.ts";
import { traceRows } from "./0003-trace-rows.ts";
import { collections } from "./0004-collections.ts";
import { modelReplies } from "./0005-model-replies.ts";
import { judge } from "./0006-judge.ts";
import { deviceReason } from "./0007-device-reason.ts";
import { qualityAndSynthesis } from "./0008-quality-and-synthesis.ts";
import { checkedAnswers } from "./0009-checked-answers.ts";
import { collectionEdits } from "./0010-collection-edits.ts";
import { collectionColumns } from "./0011-collection-columns.ts";

export interface Migration {
  /** 1, 2, 3, ... without gaps. */
  readonly version: number;
  readonly name: string;
  /** One or more statements; run inside a transaction. */
  readonly sql: string;
}

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: "workspace", sql: workspaceSchema },
  { version: 2, name: "user-edits", sql: userEdits },
  { version: 3, name: "trace-rows", sql: traceRows },
  { version: 4, name: "collections", sql: collections },
  { version: 5, name: "model-replies", sql: modelReplies },
  { version: 6, name: "judge", sql: judge },
  { version: 7, name: "device-reason", sql: deviceReason },
  { version: 8, name: "quality-and-synthesis", sql: qualityAndSynthesis },
  { version: 9, name: "checked-answers", sql: checkedAnswers },
  { version: 10, name: "collection-edits", sql: collectionEdits },
  { version: 11, name: "collection-columns", sql: collectionColumns },
];
