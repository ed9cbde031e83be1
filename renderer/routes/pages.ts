// Which component shows which view. Each is loaded when it is first opened, so that the start stays quick.

import type { Component } from "svelte";
import type { RouteName } from "../lib/routes.ts";

type Page = Component<Record<string, never>>;
type PageModule = { readonly default: Page };

const modules = import.meta.glob<PageModule>("./*/*Page.svelte");

const FILES: Readonly<Record<RouteName, string>> = {
  start: "./start/StartPage.svelte",
  runs: "./runs/RunsPage.svelte",
  "new-run": "./new-run/NewRunPage.svelte",
  run: "./run/RunPage.svelte",
  traces: "./traces/TracesPage.svelte",
  trace: "./trace/TracePage.svelte",
  compare: "./compare/ComparePage.svelte",
  "superior-cot": "./superior-cot/SuperiorCotPage.svelte",
  datasets: "./datasets/DatasetsPage.svelte",
  synthesis: "./synthesis/SynthesisPage.svelte",
  "import-data": "./import-data/ImportDataPage.svelte",
  dataset: "./dataset/DatasetPage.svelte",
  record: "./record/RecordPage.svelte",
  models: "./models/ModelsPage.svelte",
  settings: "./settings/SettingsPage.svelte",
  help: "./help/HelpPage.svelte",
};

/** Throws where the page's file cannot be loaded. */
export async function loadPage(name: RouteName): Promise<Page> {
  const load = modules[FILES[name]];
  if (load === undefined) throw new Error(`there is no page ${name}`);
  return (await load()).default;
}
