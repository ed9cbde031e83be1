// One thing that the doctor found out, and how it looks.

export interface Finding {
  readonly name: string;
  /** failed: the workbench cannot work like this; warning: something optional is missing. */
  readonly status: "ok" | "warning" | "failed";
  readonly detail: string;
}

/** What it throws becomes a failed finding. */
export type Look = () => Finding | Promise<Finding>;
