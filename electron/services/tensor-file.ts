// Writes named float32 tensors to one safetensors file for other programs to read. The file appears complete or not at all.

import { randomUUID } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { WorkbenchError } from "../../shared/errors.ts";
import { writeSafetensors } from "../engine/model/safetensors.ts";
import type { Float32Tensor } from "../engine/tensor/tensor.ts";

/** Replaces an existing file. Throws "non-finite", "storage-full" and "storage-failed". */
export async function writeTensorFile(path: string, tensors: ReadonlyMap<string, Float32Tensor>): Promise<void> {
  const target = resolve(path);
  const staging = join(dirname(target), `.${basename(target)}.${randomUUID()}.partial`);
  try {
    await mkdir(dirname(target), { recursive: true });
    await writeSafetensors(staging, tensors, "F32");
    await rename(staging, target);
  } catch (error) {
    await rm(staging, { force: true }).catch(() => undefined);
    if (error instanceof WorkbenchError || !(error instanceof Error) || !("code" in error)) throw error;
    const isFull = error.code === "ENOSPC" || error.code === "EDQUOT";
    throw new WorkbenchError(
      isFull ? "storage-full" : "storage-failed",
      "the tensors could not be written",
      { where: target, got: error.message },
      { cause: error },
    );
  }
}
