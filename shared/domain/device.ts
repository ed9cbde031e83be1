// Where models compute, as users ask for it and as runs keep it.

/** "auto" takes what is fastest for the model; the others are taken or refused. */
export const DEVICE_REQUESTS = ["auto", "cpu", "webgpu", "cuda"] as const;
export type DeviceRequest = (typeof DEVICE_REQUESTS)[number];

export interface DeviceChoice {
  readonly device: Exclude<DeviceRequest, "auto">;
  /** One sentence: why this one. */
  readonly reason: string;
}
