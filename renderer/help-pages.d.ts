// The module that build/renderer/help-pages.ts makes while the renderer is built.

declare module "virtual:help-pages" {
  export const helpPages: readonly {
    readonly name: string;
    readonly title: string;
    readonly html: string;
    readonly sections: readonly { readonly id: string; readonly title: string }[];
  }[];
}
