// The addresses of the workbench: which views there are, and how an address is written and read. An address is the part after "#",
// so that it works from a file, a private protocol and a server alike: "#/runs/12?compare=3,4".

/** Pattern of each view; ":name" is a part that varies. */
export const ROUTE_PATTERNS = {
  start: "/",
  runs: "/runs",
  "new-run": "/new-run",
  run: "/runs/:runId",
  traces: "/traces",
  trace: "/traces/:rolloutId",
  compare: "/compare",
  "superior-cot": "/superior-cot",
  datasets: "/data",
  "import-data": "/import",
  synthesis: "/synthesis",
  dataset: "/data/:datasetId",
  record: "/data/:datasetId/:rowId",
  models: "/models",
  settings: "/settings",
  help: "/help/:page",
} as const;

export type RouteName = keyof typeof ROUTE_PATTERNS;

type ParameterNames<Pattern extends string> = Pattern extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParameterNames<Rest>
  : Pattern extends `${string}:${infer Name}`
    ? Name
    : never;

export type RouteParameters<Name extends RouteName> = Readonly<Record<ParameterNames<(typeof ROUTE_PATTERNS)[Name]>, string>>;
export type QueryParameters = Readonly<Record<string, string>>;
/** What a caller may say about a query: an absent, false or empty value leaves the parameter out. */
export type QueryChanges = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Route {
  readonly name: RouteName;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: QueryParameters;
}

type LinkArguments<Name extends RouteName> = [ParameterNames<(typeof ROUTE_PATTERNS)[Name]>] extends [never]
  ? [parameters?: Readonly<Record<string, never>>, query?: QueryChanges]
  : [parameters: { readonly [Key in keyof RouteParameters<Name>]: string | number }, query?: QueryChanges];

/** The link to a view, for href. */
export function linkTo<Name extends RouteName>(name: Name, ...[parameters, query]: LinkArguments<Name>): string {
  const values = (parameters ?? {}) as Readonly<Record<string, string | number>>;
  const path = ROUTE_PATTERNS[name].replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(String(values[key])));
  return `#${path}${queryText(query ?? {})}`;
}

export function queryText(query: QueryChanges): string {
  const text = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== false && value !== "")
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value === true ? "1" : String(value)).replaceAll("%2C", ",")}`)
    .join("&");
  return text === "" ? "" : `?${text}`;
}

/** Reads "#/runs/12?x=1"; undefined where no view has that address. */
export function parseHash(hash: string): Route | undefined {
  const [path = "", search = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  const parts = splitPath(path);
  const query = Object.fromEntries(new URLSearchParams(search));
  for (const [name, pattern] of Object.entries(ROUTE_PATTERNS) as [RouteName, string][]) {
    const parameters = matchPath(splitPath(pattern), parts);
    if (parameters !== undefined) return { name, parameters, query };
  }
  return undefined;
}

function splitPath(path: string): readonly string[] {
  return path.split("/").filter((part) => part !== "");
}

function matchPath(pattern: readonly string[], parts: readonly string[]): Readonly<Record<string, string>> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const part = parts[index] ?? "";
    if (expected.startsWith(":")) parameters[expected.slice(1)] = decodePart(part);
    else if (expected !== part) return undefined;
  }
  return parameters;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
