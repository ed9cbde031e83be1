// Where Electron starts: hands its modules to the application. Nothing else imports "electron" as a value.

import * as electron from "electron";
import { startDesktop } from "./desktop.ts";

startDesktop(electron, process.argv.slice(1));
