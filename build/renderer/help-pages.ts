// Turns the Markdown pages of docs/help into what the renderer shows under Help, while it is built, so that help needs no network and
// no Markdown code at run time. Owns the order of the pages and how links between them become addresses of the workbench.

import { readFileSync } from "node:fs";
import path from "node:path";
import { Marked } from "marked";
import type { Plugin } from "vite";

/** In the order of the table of contents; the file is `docs/help/<name>.md`. */
export const HELP_PAGE_NAMES = [
  "start",
  "training",
  "health",
  "traces",
  "compare",
  "superior-cot",
  "metrics",
  "data",
  "models",
  "keys",
] as const;

export interface HelpPage {
  readonly name: string;
  readonly title: string;
  /** Made from the project's own Markdown; holds no script. */
  readonly html: string;
  /** Second-level headings, for links into the page. */
  readonly sections: readonly { readonly id: string; readonly title: string }[];
}

const MODULE = "virtual:help-pages";

/** Throws where a page has no first-level heading or links to a page that is not there. */
export function readHelpPage(root: string, name: string): HelpPage {
  const file = path.join(root, "docs", "help", `${name}.md`);
  const source = readFileSync(file, "utf8");
  const sections: { id: string; title: string }[] = [];
  let title = "";
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }) {
        const content = this.parser.parseInline(tokens);
        if (depth === 1) {
          title = text;
          return `<h1>${content}</h1>`;
        }
        const id = text.toLowerCase().replace(/[^a-z0-9]+/g, "-");
        if (depth === 2) sections.push({ id, title: text });
        return `<h${depth} id="${id}">${content}</h${depth}>`;
      },
      link({ href, tokens }) {
        const content = this.parser.parseInline(tokens);
        const page = /^([a-z-]+)\.md$/.exec(href)?.[1];
        if (page === undefined) return `<a href="${href}">${content}</a>`;
        if (!(HELP_PAGE_NAMES as readonly string[]).includes(page))
          throw new Error(`${file}: link to ${href}, which is no page of the help`);
        return `<a href="#/help/${page}">${content}</a>`;
      },
      html({ text }) {
        throw new Error(`${file}: raw HTML is not allowed: ${text.trim().slice(0, 60)}`);
      },
    },
  });
  const html = marked.parse(source, { async: false });
  if (title === "") throw new Error(`${file}: a page starts with a first-level heading`);
  return { name, title, html, sections };
}

/** The Vite plugin behind `import { helpPages } from "virtual:help-pages"`. */
export function helpPages(root: string): Plugin {
  return {
    name: "help-pages",
    resolveId: (id) => (id === MODULE ? `\0${MODULE}` : undefined),
    load(id) {
      if (id !== `\0${MODULE}`) return undefined;
      for (const name of HELP_PAGE_NAMES) this.addWatchFile(path.join(root, "docs", "help", `${name}.md`));
      return `export const helpPages = ${JSON.stringify(HELP_PAGE_NAMES.map((name) => readHelpPage(root, name)))};`;
    },
  };
}
