// Lint rules: typescript-eslint's strict type-checked set for all TypeScript; what is relaxed says why.

import eslint from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import { defineConfig, globalIgnores } from "eslint/config";
import globals from "globals";
import tseslint from "typescript-eslint";

export default defineConfig(
  globalIgnores(["node_modules/", "resources/", "out/", "dist/", "coverage/", "**/generated/", "**/*_pb.ts"]),
  eslint.configs.recommended,
  {
    files: ["**/*.ts", "**/*.cts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "separate-type-imports" }],
      "@typescript-eslint/no-explicit-any": "error",
      eqeqeq: "error",
      // Numbers in messages are the point of most messages here.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      // Tight loops over typed arrays index what the loop bound already guarantees.
      "@typescript-eslint/no-non-null-assertion": "off",
      // `async` marks an interface that may await in another implementation (a session on a GPU, a fake in a test).
      "@typescript-eslint/require-await": "off",
      // Guards against data that the types claim but files do not keep are wanted.
      "@typescript-eslint/no-unnecessary-condition": "off",
      // One type parameter that documents a caller's expectation is fine.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      // `Dim | -1` and `Params | {}` say more to a reader than to the compiler.
      "@typescript-eslint/no-redundant-type-constituents": "off",
      "@typescript-eslint/no-generated-empty-object-type": "off",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // `_name` says that a parameter is there for its position only.
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", destructuredArrayIgnorePattern: "^_" },
      ],
      // Checkers compare exact characters, control characters included.
      "no-control-regex": "off",
    },
  },
  {
    files: ["**/*.test.ts"],
    rules: {
      // Vitest's asymmetric matchers are `any` by design, and a stand-in need not be an instance.
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
    },
  },
  {
    files: ["renderer/**/*.svelte"],
    extends: [svelte.configs.recommended, svelte.configs.prettier],
    languageOptions: { globals: globals.browser, parserOptions: { parser: tseslint.parser } },
    rules: {
      // svelte-check resolves names and types; here the script is read without them.
      "no-undef": "off",
      "no-unused-vars": "off",
      // Addresses are made by lib/routes.ts: a part after "#", which no router of a framework resolves.
      "svelte/no-navigation-without-resolve": "off",
      "svelte/no-at-html-tags": "error",
      // svelte-check knows which warnings there are.
      "svelte/no-unused-svelte-ignore": "off",
    },
  },
  {
    files: ["**/*.js", "**/*.mjs"],
    languageOptions: {
      globals: { process: "readonly", SharedArrayBuffer: "readonly", Atomics: "readonly", Int32Array: "readonly", URL: "readonly" },
    },
  },
);
