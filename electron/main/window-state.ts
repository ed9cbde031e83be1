// Size and place of the window between two starts. A state that does not fit the screens of today is bent until it does.

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";

export interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const stateSchema = z.object({ x: z.int(), y: z.int(), width: z.int().positive(), height: z.int().positive(), maximised: z.boolean() });
export type WindowState = z.infer<typeof stateSchema>;

const FIRST_SIZE = { width: 1440, height: 900 } as const;
/** So much of the title must be within reach. */
const REACHABLE_PX = 64;

/** Undefined where nothing usable was kept. */
export function readWindowState(file: string): WindowState | undefined {
  try {
    return stateSchema.safeParse(JSON.parse(readFileSync(file, "utf8"))).data;
  } catch {
    return undefined;
  }
}

/** Losing it is no reason to complain. */
export function writeWindowState(file: string, { x, y, width, height, maximised }: WindowState): void {
  try {
    writeFileSync(`${file}.new`, JSON.stringify({ x, y, width, height, maximised }));
    renameSync(`${file}.new`, file);
  } catch {
    // A full disk is reported where it matters.
  }
}

/** Where to open: as kept if its title can be reached on a screen that is there now, else with the same size in the middle. */
export function restoredBounds(
  state: WindowState | undefined,
  screens: readonly Bounds[],
): Partial<Bounds> & { readonly width: number; readonly height: number } {
  const largest = screens.reduce((a, b) => (b.width * b.height > a.width * a.height ? b : a), screens[0] ?? { x: 0, y: 0, ...FIRST_SIZE });
  const width = Math.min(state?.width ?? FIRST_SIZE.width, largest.width);
  const height = Math.min(state?.height ?? FIRST_SIZE.height, largest.height);
  if (state === undefined) return { width, height };
  const { x, y } = state;
  const reachable = screens.some(
    (screen) =>
      x + width >= screen.x + REACHABLE_PX &&
      x <= screen.x + screen.width - REACHABLE_PX &&
      y >= screen.y &&
      y <= screen.y + screen.height - REACHABLE_PX,
  );
  return reachable ? { x, y, width, height } : { width, height };
}
