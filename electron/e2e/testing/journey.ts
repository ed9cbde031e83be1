// What a journey stands on: Chromium, a served workbench on a workspace of its own, and a page that is open on it; all of it ends with the
// tests of the file.

import path from "node:path";
import type { Page } from "playwright";
import { afterAll, beforeAll } from "vitest";
import { browserExecutable, openBrowser, type TestBrowser } from "./browser.ts";
import { buildInterface, startServed, temporaryFolder, type ServedProcess } from "./served-process.ts";

const executable = browserExecutable();

/** For describe.skipIf. */
export const hasNoBrowser = executable === undefined;

export interface Journey {
  /** For exports and the workspace; gone afterwards. */
  readonly folder: string;
  readonly workspaceFile: string;
  readonly browser: TestBrowser;
  /** The present one, see `restart`. */
  readonly served: ServedProcess;
  readonly page: Page;
  /** Opens an address of the workbench, "#/data". */
  readonly go: (address: string) => Promise<void>;
  /** After the served workbench was killed: another one on the same workspace, with a new page. */
  readonly restart: () => Promise<Page>;
}

interface JourneyChoice {
  /** Train the example in the new workspace. */
  readonly example?: boolean;
  /** Before the workbench is served: puts something into the workspace. */
  readonly fill?: (workspaceFile: string) => Promise<void>;
}

/** For use in a describe; what it has is there from the first test on. */
export function useJourney({ example = false, fill }: JourneyChoice = {}): Journey {
  const { folder, remove } = temporaryFolder();
  const workspaceFile = path.join(folder, "workspace.raif");
  let browser: TestBrowser | undefined;
  let served: ServedProcess | undefined;
  let page: Page | undefined;

  beforeAll(async () => {
    await buildInterface();
    await fill?.(workspaceFile);
    browser = await openBrowser(executable as string);
    served = await startServed({ workspaceFile, example });
    page = await browser.open(served.url);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
    remove();
  });

  const started = <Part>(part: Part | undefined): Part => {
    if (part === undefined) throw new Error("the journey has not begun");
    return part;
  };
  return {
    folder,
    workspaceFile,
    get browser() {
      return started(browser);
    },
    get served() {
      return started(served);
    },
    get page() {
      return started(page);
    },
    go: async (address) => {
      await started(page).goto(`${started(served).origin}/${address}`);
    },
    restart: async () => {
      served = await startServed({ workspaceFile });
      page = await started(browser).open(served.url);
      return page;
    },
  };
}
