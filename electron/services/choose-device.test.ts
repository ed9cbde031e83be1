import { expect, it } from "vitest";
import { WorkbenchError } from "../../shared/errors.ts";
import type { Device } from "../engine/onnx/session.ts";
import { fastestDevice } from "./choose-device.ts";
import { hasCudaLibraries } from "./cuda-libraries.ts";

/** Speeds of the devices that open, in GFLOP/s. */
const measured =
  (speeds: Partial<Record<Device, number>>) =>
  (device: Device): Promise<number> => {
    const speed = speeds[device];
    const closed = new WorkbenchError("device-unavailable", "cannot open the device", { got: "no adapter" });
    return speed === undefined ? Promise.reject(closed) : Promise.resolve(speed);
  };

it.skipIf(hasCudaLibraries())("takes a GPU that is twice as fast, and says why it takes none", async () => {
  expect(await fastestDevice({}, measured({ cpu: 100, webgpu: 200 }))).toMatchObject({ device: "webgpu" });
  const near = await fastestDevice({}, measured({ cpu: 100, webgpu: 199 }));
  expect(near).toEqual({
    device: "cpu",
    reason: "webgpu multiplies matrices at 199 GFLOP/s, the CPU at 100, less than 2 times that",
  });
  expect(await fastestDevice({}, measured({ cpu: 100 }))).toEqual({ device: "cpu", reason: "webgpu cannot be opened (no adapter)" });
});
