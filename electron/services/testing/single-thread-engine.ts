// The real engine on one thread: a tiny model gains nothing from more, and tests then run alike on a busy machine.

import { openOnnxTrainingEngine } from "../onnx-training-engine.ts";
import type { OpenTrainingEngine } from "../training-engine.ts";

export const openSingleThreadEngine: OpenTrainingEngine = (request) => openOnnxTrainingEngine(request, { threads: 1, spinning: false });
