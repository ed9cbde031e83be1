// What a page of the workbench may load and run: only what its own host serves. Model output is text and never any of it.

const POLICY: readonly string[] = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
];

/** For a page's meta element, which cannot carry every directive. */
export const CONTENT_POLICY_META = POLICY.join("; ");

/** For the header that hosts send. */
export const CONTENT_POLICY_HEADER = [...POLICY, "frame-ancestors 'none'"].join("; ");
