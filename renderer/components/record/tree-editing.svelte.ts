// The composition tree of the record that is edited: what is chosen in it and what can be done to that. Pure changes are tree-edits.ts;
// this keeps the choice where the change put it.

import type { RuleEntry, RuleSuggestion } from "../../../shared/domain/record-check.ts";
import { linkedWords, linkWords, occurrenceAt, prunedTags } from "./linked-text.ts";
import type { RecordEditing } from "./record-editing.svelte.ts";
import { addSuggestions } from "./suggested-rules.ts";
import {
  addBranch,
  duplicateAt,
  insertAt,
  moveBy,
  moveIn,
  moveOut,
  moveTo,
  nodeAt,
  regroupAt,
  replaceAt,
  samePath,
  setCondition,
  treeRows,
  wrapAt,
  type Condition,
  type DropSide,
  type GroupKind,
  type Placed,
  type TreeLeaf,
  type TreeNode,
  type TreePath,
} from "./tree-edits.ts";

export class TreeEditing {
  readonly #editing: RecordEditing;
  #selected = $state.raw<TreePath>([]);
  #branch = $state<number>();

  constructor(editing: RecordEditing) {
    this.#editing = editing;
  }

  /** Undefined where the record has no tree. */
  get tree(): TreeNode | undefined {
    const { draft } = this.#editing;
    return draft?.label?.["type"] === "tree" ? (draft.label["tree"] as TreeNode) : undefined;
  }
  get selected(): TreePath {
    return this.#selected;
  }
  /** The branch whose condition is chosen, -1 for otherwise; undefined where a node is. */
  get branch(): number | undefined {
    return this.#branch;
  }
  get node(): TreeNode | undefined {
    return this.tree === undefined ? undefined : nodeAt(this.tree, this.#selected);
  }
  get condition(): Condition | undefined {
    const { node } = this;
    return node?.type === "selection" && this.#branch !== undefined ? node.branches[this.#branch]?.when : undefined;
  }
  /** The chosen Selection, or the one around what is chosen. */
  get selection(): TreePath | undefined {
    for (let length = this.#selected.length; length >= 0; length--) {
      const path = this.#selected.slice(0, length);
      if (this.tree !== undefined && nodeAt(this.tree, path)?.type === "selection") return path;
    }
    return undefined;
  }
  /** Ids of all rules whose verdicts count. */
  get ruleIds(): ReadonlySet<string> {
    const rows = this.tree === undefined ? [] : treeRows(this.tree);
    return new Set(rows.flatMap((row) => (row.type === "node" && row.node.type === "rule" ? [row.node.id] : [])));
  }

  readonly select = (path: TreePath, branch?: number): void => {
    this.#selected = path;
    this.#branch = branch;
  };

  /** New trees mean their rules as people do. */
  setTree(tree: TreeNode | undefined): void {
    const label = this.#editing.draft?.label;
    const kept = label?.["type"] === "tree" ? label : {};
    this.#editing.set({ label: tree === undefined ? undefined : { mode: "corrected", ...kept, type: "tree", tree } });
  }

  /** Into the chosen group, behind the chosen node, or, at a condition, into what it leads to. */
  insert(leaf: TreeLeaf): void {
    const branch = this.#branch;
    const inner = branch === undefined ? [] : branch < 0 ? ["selection", "otherwise"] : ["selection", "then", branch];
    this.#place(insertAt(this.tree, [...this.#selected, ...inner], leaf));
  }

  insertRule({ id, exampleKwargs }: RuleEntry): void {
    this.insert({ type: "rule", id, kwargs: exampleKwargs });
  }

  /** Another rule instead of the chosen one, or as the chosen condition. */
  replaceRule({ id, exampleKwargs }: RuleEntry): void {
    const rule = { type: "rule" as const, id, kwargs: exampleKwargs };
    if (this.condition !== undefined) this.setCondition(rule);
    else if (this.node !== undefined) this.setNode({ ...rule, ...(this.node.key === undefined ? {} : { key: this.node.key }) });
  }

  setNode(node: TreeNode): void {
    if (this.tree !== undefined) this.setTree(replaceAt(this.tree, this.#selected, node));
  }

  setCondition(condition: Condition): void {
    if (this.tree !== undefined && this.#branch !== undefined) {
      this.setTree(setCondition(this.tree, this.#selected, this.#branch, condition));
    }
  }

  regroup(kind: "and" | "chain"): void {
    if (this.tree !== undefined) this.setTree(regroupAt(this.tree, this.#selected, kind));
  }

  wrap(kind: GroupKind): void {
    if (this.tree !== undefined && this.node !== undefined) this.#place(wrapAt(this.tree, this.#selected, kind));
  }

  /** With a question to be filled in. False where there is no Selection. */
  addBranch(where: "branch" | "otherwise"): boolean {
    const { tree, selection } = this;
    if (tree === undefined || selection === undefined) return false;
    this.#place(addBranch(tree, selection, where, { type: "question", text: "" }));
    return true;
  }

  /** What stood above is chosen then. */
  remove(): void {
    if (this.tree === undefined || this.node === undefined) return;
    const rows = treeRows(this.tree).filter((row) => row.type === "node");
    const at = rows.findIndex((row) => samePath(row.path, this.#selected));
    const left = replaceAt(this.tree, this.#selected, undefined);
    this.#editing.set({ tags: prunedTags(left, this.#editing.draft?.tags ?? {}) });
    this.setTree(left);
    this.select(rows[at - 1]?.path ?? []);
  }

  move(by: 1 | -1): void {
    if (this.tree !== undefined) this.#place(moveBy(this.tree, this.#selected, by));
  }

  moveTo(from: TreePath, to: TreePath, side: DropSide): void {
    if (this.tree !== undefined) this.#place(moveTo(this.tree, from, to, side));
  }

  duplicate(): void {
    if (this.tree !== undefined && this.node !== undefined) this.#place(duplicateAt(this.tree, this.#selected));
  }

  moveOut(): void {
    if (this.tree !== undefined) this.#place(moveOut(this.tree, this.#selected));
  }

  moveIn(): void {
    if (this.tree !== undefined) this.#place(moveIn(this.tree, this.#selected));
  }

  /** The words that the chosen node is tied to. */
  get words(): string | undefined {
    return this.node === undefined ? undefined : linkedWords(this.node, this.#editing.draft?.tags ?? {});
  }

  /** Ties words of the instruction to the chosen node: the place of them that begins at `start` in `text`. Empty words untie it. */
  link(words: string, text: string, start: number): void {
    const [{ draft }, { tree, node }] = [this.#editing, this];
    if (tree === undefined || node === undefined || draft === undefined) return;
    const occurrence = words === "" ? 1 : occurrenceAt(text, words, start);
    const linked = linkWords(tree, draft.tags, this.#selected, node, words, occurrence);
    this.#editing.set({ tags: linked.tags });
    this.setTree(linked.tree);
  }

  /** Behind what is chosen, each tied to its words in `text`. */
  addSuggestions(suggestions: readonly RuleSuggestion[], text: string): void {
    const { tree, selected } = this;
    const added = addSuggestions({ tree, tags: this.#editing.draft?.tags ?? {}, path: selected }, suggestions, text);
    if (added === undefined) return;
    this.#editing.set({ tags: added.tags });
    this.#place(added);
  }

  #place({ tree, path }: Placed): void {
    this.setTree(tree);
    this.select(path);
  }
}
