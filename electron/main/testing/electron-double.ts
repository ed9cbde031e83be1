// Stands in for Electron's modules in tests: the same order of events, the same refusals at the wrong moment, values cloned as they
// are between processes. Utility processes are real ones, under Node, with the port that Electron would give them.

import { fork, type ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BrowserWindowConstructorOptions, MenuItemConstructorOptions, MessageBoxOptions } from "electron";
import type { ElectronApi } from "../electron-api.ts";

export interface PreventableEvent {
  defaultPrevented: boolean;
  preventDefault: () => void;
}

function preventable<Extra extends object>(extra?: Extra): PreventableEvent & Extra {
  const event = { ...(extra as Extra), defaultPrevented: false, preventDefault: () => void (event.defaultPrevented = true) };
  return event;
}

export class ContentsDouble extends EventEmitter {
  readonly sent: [channel: string, ...values: unknown[]][] = [];
  readonly mainFrame = { url: "" };
  windowOpenHandler: ((details: { url: string }) => { action: string }) | undefined;
  destroyed = false;

  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.windowOpenHandler = handler;
  }

  send(channel: string, ...values: unknown[]): void {
    if (this.destroyed) throw new TypeError("Object has been destroyed");
    this.sent.push(structuredClone<[string, ...unknown[]]>([channel, ...values]));
    this.emit("sent-to-page", channel, ...values);
  }

  getURL(): string {
    return this.mainFrame.url;
  }

  isDestroyed(): boolean {
    return this.destroyed;
  }

  /** What a page's attempt to go somewhere comes to; true where it may. */
  tries(kind: "will-navigate" | "will-redirect" | "will-frame-navigate" | "will-attach-webview", url: string): boolean {
    const event = preventable({ url });
    this.emit(kind, event);
    return !event.defaultPrevented;
  }
}

export class WindowDouble extends EventEmitter {
  readonly webContents = new ContentsDouble();
  readonly options: BrowserWindowConstructorOptions;
  readonly loaded: string[] = [];
  visible = false;
  maximised = false;
  minimised = false;
  focused = 0;
  private destroyed = false;
  private bounds = { x: 0, y: 0, width: 800, height: 600 };
  private readonly double: ElectronDouble;

  constructor(double: ElectronDouble, options: BrowserWindowConstructorOptions) {
    super();
    this.double = double;
    this.options = options;
    const { x = 10, y = 10, width = 800, height = 600 } = options;
    this.bounds = { x, y, width, height };
    double.windows.push(this);
    double.app.emit("web-contents-created", {}, this.webContents);
  }

  loadURL(url: string): Promise<void> {
    this.loaded.push(url);
    this.webContents.mainFrame.url = url;
    setImmediate(() => this.emit("ready-to-show"));
    return Promise.resolve();
  }

  close(): void {
    if (this.destroyed) throw new TypeError("Object has been destroyed");
    const event = preventable();
    this.emit("close", event);
    if (!event.defaultPrevented) this.destroy();
  }

  destroy(): void {
    this.destroyed = true;
    this.webContents.destroyed = true;
    this.emit("closed");
    if (this.double.openWindows().length === 0 && !this.double.quitting) this.double.app.emit("window-all-closed");
  }

  isDestroyed(): boolean {
    return this.destroyed;
  }
  isMinimized(): boolean {
    return this.minimised;
  }
  isMaximized(): boolean {
    return this.maximised;
  }
  maximize(): void {
    this.maximised = true;
  }
  restore(): void {
    this.minimised = false;
  }
  show(): void {
    this.visible = true;
  }
  focus(): void {
    this.focused++;
  }
  getNormalBounds(): object {
    return { ...this.bounds };
  }
  moveTo(bounds: { x: number; y: number; width: number; height: number }): void {
    this.bounds = bounds;
    this.emit("move");
  }
}

export interface TrayDouble {
  readonly image: { readonly path: string; readonly isEmpty: () => boolean };
  readonly menu: MenuItemConstructorOptions[];
  readonly destroyed: boolean;
  click(): void;
}

type Invoke = (event: object, ...values: unknown[]) => unknown;
type Handler = (...values: never[]) => unknown;

export interface DoubleOptions {
  readonly userData: string;
  readonly isFirstInstance?: boolean;
  /** "basic_text" is Linux without a key store. */
  readonly keyStore?: "gnome_libsecret" | "basic_text" | "none";
  readonly displays?: readonly { x: number; y: number; width: number; height: number }[];
}

function windowClassOf(double: ElectronDouble): unknown {
  return function (options: BrowserWindowConstructorOptions): WindowDouble {
    return new WindowDouble(double, options);
  };
}

export class ElectronDouble {
  readonly app = new EventEmitter();
  readonly windows: WindowDouble[] = [];
  readonly trays: TrayDouble[] = [];
  readonly children: ChildProcess[] = [];
  readonly schemes: { scheme: string; privileges: Record<string, boolean> }[] = [];
  readonly sessionHandlers: Record<string, Handler> = {};
  readonly errorBoxes: string[] = [];
  readonly asked: MessageBoxOptions[] = [];
  /** What the user answers next; by default they cancel. */
  answers: number[] = [];
  /** Paths picked in file dialogs next; none: they give up. */
  picks: string[] = [];
  menu: MenuItemConstructorOptions[] = [];
  sandboxed = false;
  quitting = false;
  ended: number | undefined;
  readonly api: ElectronApi;
  private readonly invokes = new Map<string, Invoke>();
  private readonly protocols = new Map<string, (request: Request) => Promise<Response>>();
  private isReady = false;
  private readonly readiness = Promise.withResolvers<undefined>();

  constructor(options: DoubleOptions) {
    this.api = this.makeApi(options) as unknown as ElectronApi;
  }

  async becomeReady(): Promise<void> {
    this.isReady = true;
    this.readiness.resolve(undefined);
    await new Promise((resolve) => setImmediate(resolve));
  }

  openWindows(): WindowDouble[] {
    return this.windows.filter((window) => !window.isDestroyed());
  }

  window(): WindowDouble {
    const window = this.openWindows()[0];
    if (window === undefined) throw new Error("no window is open");
    return window;
  }

  /** As a page's ipcRenderer.invoke: by default from the main frame of the open window. */
  async invoke(channel: string, values: readonly unknown[], from: { sender?: unknown; senderFrame?: unknown } = {}): Promise<unknown> {
    const handler = this.invokes.get(channel);
    if (handler === undefined) throw new Error(`No handler registered for '${channel}'`);
    const { sender = this.window().webContents, senderFrame = this.window().webContents.mainFrame } = from;
    return structuredClone(await handler({ sender, senderFrame }, ...(structuredClone(values) as unknown[])));
  }

  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const handler = this.protocols.get(new URL(url).protocol.slice(0, -1));
    if (handler === undefined) throw new TypeError("net::ERR_UNKNOWN_URL_SCHEME");
    return handler(new Request(url, init));
  }

  quit(): void {
    if (this.ended !== undefined) return;
    this.quitting = true;
    this.app.emit("before-quit", preventable());
    for (const window of this.openWindows()) {
      window.close();
      // A window that stays stops the end.
      if (!window.isDestroyed()) {
        this.quitting = false;
        return;
      }
    }
    const event = preventable();
    this.app.emit("will-quit", event);
    if (event.defaultPrevented) this.quitting = false;
    else this.ended = 0;
  }

  private tooLate(what: string): void {
    if (this.isReady) throw new Error(`${what} must be called before app is ready`);
  }

  private makeApi({ userData, isFirstInstance = true, keyStore = "gnome_libsecret", displays }: DoubleOptions): object {
    const { sessionHandlers: handlers } = this;
    const keep =
      (name: string) =>
      (handler: Handler): void => {
        handlers[name] = handler;
      };
    const nextPick = (): string | undefined => this.picks.shift();
    return {
      app: Object.assign(this.app, {
        requestSingleInstanceLock: () => isFirstInstance,
        enableSandbox: () => {
          this.tooLate("app.enableSandbox()");
          this.sandboxed = true;
        },
        whenReady: () => this.readiness.promise,
        getPath: (name: string) => (name === "userData" ? userData : join(userData, name)),
        quit: () => this.quit(),
        exit: (code: number) => void (this.ended = code),
      }),
      BrowserWindow: this.windowClass(),
      Menu: {
        buildFromTemplate: (template: MenuItemConstructorOptions[]) => template,
        setApplicationMenu: (template: MenuItemConstructorOptions[]) => void (this.menu = template),
      },
      Tray: this.trayClass(),
      nativeImage: { createFromPath: (path: string) => ({ path, isEmpty: () => !existsSync(path) }) },
      nativeTheme: { shouldUseDarkColors: false },
      screen: { getAllDisplays: () => (displays ?? [{ x: 0, y: 0, width: 1920, height: 1040 }]).map((workArea) => ({ workArea })) },
      ipcMain: { handle: (channel: string, handler: Invoke) => void this.invokes.set(channel, handler) },
      protocol: {
        registerSchemesAsPrivileged: (schemes: { scheme: string; privileges: Record<string, boolean> }[]) => {
          this.tooLate("protocol.registerSchemesAsPrivileged()");
          this.schemes.push(...schemes);
        },
        handle: (scheme: string, handler: (request: Request) => Promise<Response>) => void this.protocols.set(scheme, handler),
      },
      session: {
        defaultSession: {
          setPermissionRequestHandler: keep("permissionRequest"),
          setPermissionCheckHandler: keep("permissionCheck"),
          setDevicePermissionHandler: keep("device"),
          setDisplayMediaRequestHandler: keep("displayMedia"),
          setSpellCheckerEnabled: () => undefined,
          webRequest: { onBeforeRequest: keep("beforeRequest") },
        },
      },
      dialog: {
        showErrorBox: (title: string, text: string) => void this.errorBoxes.push(`${title}: ${text}`),
        showMessageBox: async (_window: unknown, question: MessageBoxOptions) => {
          this.asked.push(question);
          return { response: this.answers.shift() ?? question.cancelId, checkboxChecked: false };
        },
        showOpenDialog: async () => {
          const path = nextPick();
          return { canceled: path === undefined, filePaths: path === undefined ? [] : [path] };
        },
        showSaveDialog: async () => {
          const path = nextPick();
          return { canceled: path === undefined, filePath: path ?? "" };
        },
      },
      safeStorage: {
        isAsyncEncryptionAvailable: async () => keyStore !== "none",
        getSelectedStorageBackend: () => keyStore,
        encryptStringAsync: async (text: string) => Buffer.from(Buffer.from(text, "utf8").map((byte) => byte ^ 0x5a)),
        decryptStringAsync: async (encrypted: Buffer) => ({
          result: Buffer.from(encrypted.map((byte) => byte ^ 0x5a)).toString("utf8"),
          shouldReEncrypt: false,
        }),
      },
      utilityProcess: { fork: this.forkUtility.bind(this) },
    };
  }

  private windowClass(): unknown {
    // Called with "new"; what such a function gives back is the object.
    return windowClassOf(this);
  }

  private trayClass(): unknown {
    const { trays } = this;
    return class extends EventEmitter implements TrayDouble {
      menu: MenuItemConstructorOptions[] = [];
      destroyed = false;
      readonly image: TrayDouble["image"];
      constructor(image: TrayDouble["image"]) {
        super();
        if (image.isEmpty()) throw new Error("Failed to load image from path");
        this.image = image;
        trays.push(this);
      }
      setToolTip(): void {
        // Seen, not tested.
      }
      setContextMenu(menu: MenuItemConstructorOptions[]): void {
        this.menu = menu;
      }
      destroy(): void {
        this.destroyed = true;
      }
      click(): void {
        this.emit("click");
      }
    };
  }

  private forkUtility(entry: string, args: string[], { stdio }: { stdio: "ignore" | string[] }): unknown {
    const shim = pathToFileURL(join(import.meta.dirname, "parent-port.ts")).href;
    const child = fork(entry, args, {
      execArgv: ["--import", shim],
      stdio: [...(stdio === "ignore" ? ["ignore", "ignore", "ignore"] : stdio), "ipc"] as never,
    });
    this.children.push(child);
    const port = new EventEmitter();
    child.on("message", (message) => port.emit("message", message));
    child.once("close", (code, signal) => port.emit("exit", code ?? (signal === "SIGKILL" ? 9 : 15)));
    return Object.assign(port, {
      pid: child.pid,
      stderr: child.stderr,
      postMessage: (message: object) => child.connected && child.send(message, () => undefined),
      kill: () => child.kill(),
    });
  }
}
