// What an import would make of a file or folder, shown before anything is stored: files, formats, layouts, the first records and what is
// wrong with the first rows. Whoever asks reads nothing but small texts itself: all else is read in a thread whose memory is limited.

import type { ImportPreview } from "../../../shared/domain/dataset-files.ts";
import { findDataFiles, type DataFile } from "./formats/data-files.ts";
import type { ImportRequest } from "./import-files.ts";
import { previewFiles, type FilesPreview, type PreviewRequest } from "./preview-files.ts";
import { isSmallText, readingAnswer, startReadingThread } from "./reading-thread.ts";

const FILES = 20;
const ROWS = 200;

/** Whether a look at the first rows takes little time and memory, whatever is in them. Throws what finding files throws. */
export async function isPreviewedAtOnce(path: string): Promise<boolean> {
  return areSmall(await findDataFiles(path));
}

async function areSmall(found: readonly DataFile[]): Promise<boolean> {
  return (await Promise.all(found.slice(0, FILES).map((file) => isSmallText(file.path)))).every(Boolean);
}

/** Throws what finding, opening and reading files throws. */
export async function previewImport({ path, schema, mapping }: ImportRequest): Promise<ImportPreview> {
  const found = await findDataFiles(path);
  const request: PreviewRequest = { files: found.slice(0, FILES), rowsOfEach: Math.ceil(ROWS / found.length), schema, mapping };
  const preview = (await areSmall(found))
    ? await previewFiles(request)
    : await readingAnswer<FilesPreview>(startReadingThread("preview-files-thread", request), path);
  return { ...preview, moreFiles: Math.max(0, found.length - FILES) };
}
