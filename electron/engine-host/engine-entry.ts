// The engine process: `engine-entry.ts WORKSPACE`, started with a message channel by plain Node or as Electron's utility process.

import { openOnnxTrainingEngine } from "../services/onnx-training-engine.ts";
import { runEngine } from "./run-engine.ts";

await runEngine(process.argv[2] as string, openOnnxTrainingEngine);
