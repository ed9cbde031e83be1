// Changes of a composition tree, as an editor makes them: pure, by path. A path is that of a verdict, as a list: ["and", 0, "selection",
// "then", 1]. What a node means is nothing of its business.

export type TreePath = readonly (string | number)[];

export type Condition =
  | { readonly type: "rule"; readonly id: string; readonly kwargs: Readonly<Record<string, unknown>> }
  | { readonly type: "value"; readonly value: boolean };

/** What every node may carry beside its own; kept by every change. */
interface Extras {
  readonly key?: string;
  readonly weight?: number;
  readonly dependsOn?: readonly string[];
}

export type TreeLeaf = Extras &
  (
    | { readonly type: "rule"; readonly id: string; readonly kwargs: Readonly<Record<string, unknown>> }
    | { readonly type: "question"; readonly text: string; readonly answer?: "yes" | "no" }
    | { readonly type: "math"; readonly answer: string }
    | { readonly type: "custom"; readonly name: string; readonly source: string }
  );
export interface Branch {
  readonly when: Condition;
  readonly then: TreeNode;
}
export type TreeNode =
  | TreeLeaf
  | (Extras & { readonly type: "and"; readonly children: readonly TreeNode[] })
  | (Extras & { readonly type: "chain"; readonly steps: readonly TreeNode[] })
  | (Extras & { readonly type: "selection"; readonly branches: readonly Branch[]; readonly otherwise?: TreeNode | undefined });

export type GroupKind = "and" | "chain" | "selection";

export interface Child {
  readonly step: TreePath;
  readonly node: TreeNode;
}

export function childrenOf(node: TreeNode): readonly Child[] {
  switch (node.type) {
    case "and":
      return node.children.map((child, index) => ({ step: ["and", index], node: child }));
    case "chain":
      return node.steps.map((child, index) => ({ step: ["chain", index], node: child }));
    case "selection":
      return [
        ...node.branches.map(({ then }, index) => ({ step: ["selection", "then", index], node: then })),
        ...(node.otherwise === undefined ? [] : [{ step: ["selection", "otherwise"], node: node.otherwise }]),
      ];
    default:
      return [];
  }
}

/** As verdicts write it. */
export function pathText(path: TreePath): string {
  return path.length === 0 ? "rule" : path.join(".");
}

export function samePath(a: TreePath, b: TreePath): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index]);
}

export function isInside(path: TreePath, outer: TreePath): boolean {
  return path.length > outer.length && samePath(path.slice(0, outer.length), outer);
}

/** Undefined where the tree has no such node. */
export function nodeAt(tree: TreeNode, path: TreePath): TreeNode | undefined {
  if (path.length === 0) return tree;
  const child = childrenOf(tree).find(({ step }) => samePath(step, path.slice(0, step.length)));
  return child === undefined ? undefined : nodeAt(child.node, path.slice(child.step.length));
}

/** The tree with another node there; undefined takes it away, with groups that are left empty. Undefined when nothing is left. */
export function replaceAt(tree: TreeNode, path: TreePath, next: TreeNode | undefined): TreeNode | undefined {
  if (path.length === 0) return next;
  const child = childrenOf(tree).find(({ step }) => samePath(step, path.slice(0, step.length)));
  if (child === undefined) return tree;
  return withChild(tree, child.step, replaceAt(child.node, path.slice(child.step.length), next));
}

function withChild(node: TreeNode, step: TreePath, next: TreeNode | undefined): TreeNode | undefined {
  const index = Number(step.at(-1));
  const replaced = <Item>(list: readonly Item[], made: Item | undefined): Item[] =>
    list.flatMap((item, at) => (at !== index ? [item] : made === undefined ? [] : [made]));
  switch (node.type) {
    case "and": {
      const children = replaced(node.children, next);
      return children.length === 0 ? undefined : { ...node, children };
    }
    case "chain": {
      const steps = replaced(node.steps, next);
      return steps.length === 0 ? undefined : { ...node, steps };
    }
    case "selection": {
      if (step[1] === "otherwise") {
        const { otherwise: _, ...others } = node;
        return next === undefined ? others : { ...others, otherwise: next };
      }
      const old = node.branches[index];
      const branches = replaced(node.branches, next === undefined || old === undefined ? undefined : { ...old, then: next });
      return branches.length === 0 ? node.otherwise : { ...node, branches };
    }
    default:
      return node;
  }
}

export interface Placed {
  readonly tree: TreeNode;
  /** Where what was put in stands. */
  readonly path: TreePath;
}

/** Puts a node into a group, or behind another in its group; where there is no group one is made around both. */
export function insertAt(tree: TreeNode | undefined, path: TreePath, added: TreeNode): Placed {
  const target = tree === undefined ? undefined : nodeAt(tree, path);
  if (tree === undefined || target === undefined) return { tree: added, path: [] };
  if (target.type === "and")
    return placed(tree, path, { ...target, children: [...target.children, added] }, ["and", target.children.length]);
  if (target.type === "chain") return placed(tree, path, { ...target, steps: [...target.steps, added] }, ["chain", target.steps.length]);
  const [group, index] = path.slice(-2);
  const outer = path.slice(0, -2);
  const parent = nodeAt(tree, outer);
  if (typeof index === "number" && group === "and" && parent?.type === "and") {
    return placed(tree, outer, { ...parent, children: parent.children.toSpliced(index + 1, 0, added) }, ["and", index + 1]);
  }
  if (typeof index === "number" && group === "chain" && parent?.type === "chain") {
    return placed(tree, outer, { ...parent, steps: parent.steps.toSpliced(index + 1, 0, added) }, ["chain", index + 1]);
  }
  return placed(tree, path, { type: "and", children: [target, added] }, ["and", 1]);
}

function placed(tree: TreeNode, path: TreePath, node: TreeNode, step: TreePath): Placed {
  return { tree: replaceAt(tree, path, node) ?? node, path: [...path, ...step] };
}

/** The node becomes the only part of a new group; of a Selection, its first branch. */
export function wrapAt(tree: TreeNode, path: TreePath, kind: GroupKind): Placed {
  const node = nodeAt(tree, path);
  if (node === undefined) return { tree, path };
  const made: TreeNode =
    kind === "and"
      ? { type: "and", children: [node] }
      : kind === "chain"
        ? { type: "chain", steps: [node] }
        : { type: "selection", branches: [{ when: { type: "value", value: true }, then: node }] };
  return { tree: replaceAt(tree, path, made) ?? made, path };
}

/** A group becomes another kind of group, with the same parts; a Selection stays what it is. */
export function regroupAt(tree: TreeNode, path: TreePath, kind: "and" | "chain"): TreeNode {
  const node = nodeAt(tree, path);
  if (node?.type === "and" && kind === "chain") {
    const { children, type: _, ...extras } = node;
    return replaceAt(tree, path, { ...extras, type: "chain", steps: children }) ?? tree;
  }
  if (node?.type === "chain" && kind === "and") {
    const { steps, type: _, ...extras } = node;
    return replaceAt(tree, path, { ...extras, type: "and", children: steps }) ?? tree;
  }
  return tree;
}

/** Past its neighbour of the same group; the first and the last stay where they are. */
export function moveBy(tree: TreeNode, path: TreePath, by: 1 | -1): Placed {
  const index = path.at(-1);
  const outer = path.slice(0, path.at(-2) === "then" ? -3 : -2);
  const parent = nodeAt(tree, outer);
  const list =
    parent?.type === "and"
      ? parent.children
      : parent?.type === "chain"
        ? parent.steps
        : parent?.type === "selection"
          ? parent.branches
          : [];
  if (typeof index !== "number" || parent === undefined || list[index + by] === undefined) return { tree, path };
  const swapped = <Item>(items: readonly Item[]): Item[] =>
    items.with(index, items[index + by] as Item).with(index + by, items[index] as Item);
  const next: TreeNode =
    parent.type === "and"
      ? { ...parent, children: swapped(parent.children) }
      : parent.type === "chain"
        ? { ...parent, steps: swapped(parent.steps) }
        : parent.type === "selection"
          ? { ...parent, branches: swapped(parent.branches) }
          : parent;
  return { tree: replaceAt(tree, outer, next) ?? tree, path: [...path.slice(0, -1), index + by] };
}

/** Where something that is dropped on a node goes: where insertAt puts it, or before the node in its group. */
export type DropSide = "at" | "before";

/** Takes a node from one place and puts it in at another. Nothing goes into itself. */
export function moveTo(tree: TreeNode, from: TreePath, to: TreePath, side: DropSide = "at"): Placed {
  return moved(tree, from, to, (whole, node) => (side === "before" ? insertBeside(whole, to, node, 0) : insertAt(whole, to, node).tree));
}

/** Out of its group, behind it; stays where no group is around the group. */
export function moveOut(tree: TreeNode, path: TreePath): Placed {
  for (let length = path.length - 2; length > 0; length--) {
    const outer = path.slice(0, length);
    if (nodeAt(tree, outer) === undefined || listAround(tree, outer) === undefined) continue;
    return moved(tree, path, outer, (whole, node) => insertBeside(whole, outer, node, 1));
  }
  return { tree, path };
}

/** Into the group that stands before it; stays where there is none. */
export function moveIn(tree: TreeNode, path: TreePath): Placed {
  const index = Number(path.at(-1));
  const before = [...path.slice(0, -1), index - 1];
  const sibling = listAround(tree, path) === undefined ? undefined : nodeAt(tree, before);
  if (sibling?.type === "and" || sibling?.type === "chain") return moveTo(tree, path, before);
  return sibling?.type === "selection" ? moveTo(tree, path, [...before, "selection", "then", 0]) : { tree, path };
}

/** The same once more, behind the node; an And around both where it stands in no group. Keys belong to one node each and are left out. */
export function duplicateAt(tree: TreeNode, path: TreePath): Placed {
  const node = nodeAt(tree, path);
  if (node === undefined) return { tree, path };
  const copy = withoutKeys(node);
  if (listAround(tree, path) === undefined) {
    return { tree: replaceAt(tree, path, { type: "and", children: [node, copy] }) ?? tree, path: [...path, "and", 1] };
  }
  return { tree: insertBeside(tree, path, copy, 1), path: [...path.slice(0, -1), Number(path.at(-1)) + 1] };
}

function withoutKeys({ key: _, ...node }: TreeNode): TreeNode {
  const bare = node as TreeNode;
  return childrenOf(bare).reduce((made, child) => replaceAt(made, child.step, withoutKeys(child.node)) ?? made, bare);
}

function moved(tree: TreeNode, from: TreePath, to: TreePath, insert: (tree: TreeNode, node: TreeNode) => TreeNode): Placed {
  const node = nodeAt(tree, from);
  if (node === undefined || samePath(from, to) || isInside(to, from)) return { tree, path: from };
  const copy: TreeNode = { ...node };
  const inserted = insert(tree, copy);
  const old = find(inserted, node, []);
  const without = old === undefined ? inserted : (replaceAt(inserted, old, undefined) ?? inserted);
  return { tree: without, path: find(without, copy, []) ?? [] };
}

/** The And or Chain in which a node stands beside others. */
function listAround(tree: TreeNode, path: TreePath): TreeNode | undefined {
  const parent = path.length === 0 ? undefined : nodeAt(tree, path.slice(0, -2));
  return (parent?.type === "and" || parent?.type === "chain") && path.at(-2) === parent.type ? parent : undefined;
}

/** In the group of the node at `path`, before it (0) or behind it (1); as insertAt where it stands in no And or Chain. */
function insertBeside(tree: TreeNode, path: TreePath, added: TreeNode, offset: 0 | 1): TreeNode {
  const parent = listAround(tree, path);
  const index = Number(path.at(-1)) + offset;
  const outer = path.slice(0, -2);
  if (parent?.type === "and") return replaceAt(tree, outer, { ...parent, children: parent.children.toSpliced(index, 0, added) }) ?? tree;
  if (parent?.type === "chain") return replaceAt(tree, outer, { ...parent, steps: parent.steps.toSpliced(index, 0, added) }) ?? tree;
  return insertAt(tree, path, added).tree;
}

function find(tree: TreeNode, node: TreeNode, path: TreePath): TreePath | undefined {
  if (tree === node) return path;
  for (const child of childrenOf(tree)) {
    const found = find(child.node, node, [...path, ...child.step]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A further branch of a Selection, or its otherwise. */
export function addBranch(tree: TreeNode, path: TreePath, where: "branch" | "otherwise", then: TreeNode): Placed {
  const node = nodeAt(tree, path);
  if (node?.type !== "selection") return { tree, path };
  if (where === "otherwise") return placed(tree, path, { ...node, otherwise: then }, ["selection", "otherwise"]);
  const branches = [...node.branches, { when: { type: "value" as const, value: false }, then }];
  return placed(tree, path, { ...node, branches }, ["selection", "then", node.branches.length]);
}

export function setCondition(tree: TreeNode, path: TreePath, index: number, when: Condition): TreeNode {
  const node = nodeAt(tree, path);
  if (node?.type !== "selection") return tree;
  const branches = node.branches.map((branch, at) => (at === index ? { ...branch, when } : branch));
  return replaceAt(tree, path, { ...node, branches }) ?? tree;
}

/** One line of the tree as it is shown: a node, or the condition of a branch above what it leads to. */
export type TreeRow =
  | { readonly type: "node"; readonly path: TreePath; readonly level: number; readonly node: TreeNode }
  | {
      readonly type: "condition";
      readonly path: TreePath;
      readonly level: number;
      readonly index: number;
      readonly condition: Condition | undefined;
    };

/** Top to bottom; the path of a condition's row is that of its Selection. */
export function treeRows(node: TreeNode, path: TreePath = [], level = 1): readonly TreeRow[] {
  const own: TreeRow = { type: "node", path, level, node };
  const inner = childrenOf(node).flatMap(({ step, node: child }) => {
    const below = [...path, ...step];
    if (node.type !== "selection") return treeRows(child, below, level + 1);
    const index = step[1] === "otherwise" ? -1 : Number(step[2]);
    const condition: TreeRow = { type: "condition", path, level: level + 1, index, condition: node.branches[index]?.when };
    return [condition, ...treeRows(child, below, level + 2)];
  });
  return [own, ...inner];
}
