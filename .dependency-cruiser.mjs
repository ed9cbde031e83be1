// The import rules of ARCHITECTURE.md, checked by `npm run boundaries`. Type-only imports count like any other.

/** Downwards only: a layer imports those before it in this list. */
const ENGINE_ORDER = ["tensor", "onnx", "autodiff", "model", "decoding", "rollout", "grpo"];

const TESTS = "(\\.test\\.ts$|/testing/)";
const engine = (...names) => `^electron/engine/(${names.join("|")})/`;

const engineOrderRules = ENGINE_ORDER.slice(0, -1).map((layer, index) => ({
  name: `engine-${layer}-looks-down-only`,
  severity: "error",
  from: { path: engine(layer), pathNot: TESTS },
  to: { path: engine(...ENGINE_ORDER.slice(index + 1)) },
}));

/** Product code under `from` never imports `to`; tests may, to set a scene. */
const never = (name, from, to) => ({ name, severity: "error", from: { path: from, pathNot: TESTS }, to });

export default {
  forbidden: [
    // Circles of types alone vanish when the types are stripped; circles of modules break loading.
    { name: "no-circles", severity: "error", from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } } },
    { name: "no-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    never("shared-imports-only-zod", "^shared/", { pathNot: "^shared/|(^|/)node_modules/zod/" }),
    ...engineOrderRules,
    never("tokenizer-stands-alone", engine("tokenizer"), { path: "^electron/", pathNot: engine("tokenizer", "tensor") }),
    never("constraints-stand-alone", engine("constraints"), { path: "^electron/", pathNot: engine("constraints", "tensor", "threads") }),
    never("rewards-see-no-graphs", engine("rewards"), {
      path: "^electron/",
      pathNot: engine("rewards", "constraints", "maths", "tokenizer", "tensor"),
    }),
    never("maths-stands-alone", engine("maths"), { path: "^electron/", pathNot: engine("maths", "threads") }),
    never("threads-know-no-work", engine("threads"), { path: "^electron/", pathNot: engine("threads") }),
    never("engine-knows-no-host", "^electron/engine/", { path: "^(electron/(?!engine/)|renderer/|build/)|(^|/)node_modules/electron/" }),
    never("storage-knows-no-engine", "^electron/storage/", { path: "^electron/(?!storage/)|^renderer/|^build/" }),
    never("services-know-no-front-end", "^electron/services/", {
      path: "^(electron/(cli|serve|main|preload|ipc|e2e)/|renderer/|build/)",
    }),
    never("cli-goes-through-services", "^electron/cli/", {
      path: "^electron/(engine|storage|main|preload|ipc|e2e)/|^renderer/|^build/",
    }),
    // The one command that opens a host.
    never("only-its-command-serves", "^electron/cli/(?!commands/serve\\.ts$)", { path: "^electron/serve/" }),
    never("engine-host-knows-no-front-end", "^electron/engine-host/", {
      path: "^(electron/(cli|serve|main|preload|ipc|e2e)/|renderer/|build/)",
    }),
    never("handlers-know-no-transport", "^electron/ipc/", { path: "^(electron/(cli|serve|main|preload|e2e)/|renderer/|build/)" }),
    never("transports-know-not-each-other", "^electron/(main|preload)/", { path: "^electron/(cli|serve)/" }),
    never("served-mode-knows-no-desktop", "^electron/serve/", { path: "^electron/(cli|main|preload)/|(^|/)node_modules/electron/" }),
    {
      // Everything else is handed what it needs of Electron, so that it can be run on a double.
      name: "two-doors-to-electron",
      severity: "error",
      from: { pathNot: "^electron/(main/main\\.ts|preload/preload\\.cts)$" },
      to: { path: "(^|/)node_modules/electron/", dependencyTypesNot: ["type-only"] },
    },
    never("product-imports-no-build", "^(electron|shared|renderer)/", { path: "^build/" }),
    never("renderer-imports-shared-only", "^renderer/", { path: "^(electron|build)/" }),
    {
      name: "one-door-to-onnx-runtime",
      severity: "error",
      from: { pathNot: "^electron/engine/onnx/session\\.ts$" },
      to: { path: "(^|/)node_modules/onnxruntime-(node|common|web)/" },
    },
    {
      // Its calls block the thread, so only processes made for work load it: the engine and side tasks.
      name: "hosts-never-reach-onnx-runtime",
      severity: "error",
      from: { path: "^electron/(ipc|main|serve)/", pathNot: `${TESTS}|side-task-entry\\.ts$` },
      to: { path: "(^|/)node_modules/onnxruntime-(node|common|web)/", reachable: true },
    },
    {
      name: "one-door-to-sqlite",
      severity: "error",
      from: { pathNot: "^electron/storage/open-database\\.ts$" },
      to: { path: "((^|/)node_modules/(@types/)?better-sqlite3/|^(node:)?sqlite$)", dependencyTypesNot: ["type-only"] },
    },
    never("sqlite-types-stay-in-storage", "^(?!electron/storage/)", { path: "(^|/)node_modules/(@types/)?better-sqlite3/" }),
    never("product-uses-no-development-package", "^(shared|electron)/", {
      // Electron is what the desktop application runs in.
      pathNot: "(^|/)node_modules/electron/",
      dependencyTypes: ["npm-dev"],
      dependencyTypesNot: ["type-only"],
    }),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^electron/e2e/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
