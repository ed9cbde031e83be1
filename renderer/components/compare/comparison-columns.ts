// What each pane of a comparison shows, in the order of the address. Hosts know only panes that have spoken, so that a pane's place
// in the address and its place in the host's answer differ.

import type { Comparison, PaneProof, PaneResponse, PaneSource } from "../../../shared/domain/comparison.ts";
import type { PaneAddress } from "./compare-address.ts";
import { weightsLabel } from "./weights-choices.ts";

/** A host's answer, with the panes and sources it was asked for. */
export interface ShownComparison {
  readonly panes: readonly PaneAddress[];
  /** In the order of the panes; undefined where weights have not been asked yet. */
  readonly sources: readonly (PaneSource | undefined)[];
  readonly comparison: Comparison;
}

export interface ComparisonColumn {
  readonly pane: PaneAddress;
  /** What is shown; undefined before the pane has spoken. */
  readonly source: PaneSource | undefined;
  /** Place in the host's answer; undefined before the pane has spoken. */
  readonly position: number | undefined;
  readonly label: string;
  readonly response: PaneResponse | null;
  /** Undefined where nothing was said. */
  readonly proof: PaneProof | undefined;
}

export function columnsOf({ panes, sources, comparison }: ShownComparison): readonly ComparisonColumn[] {
  let spoken = 0;
  return panes.map((pane, index) => {
    const position = sources[index] === undefined ? undefined : spoken++;
    const own = position === undefined ? undefined : comparison.panes[position];
    const response = own?.response ?? null;
    return {
      pane,
      source: sources[index],
      position,
      label: own?.label ?? (pane.type === "weights" ? weightsLabel(pane) : ""),
      response,
      proof: response === null ? undefined : own?.proof,
    };
  });
}
