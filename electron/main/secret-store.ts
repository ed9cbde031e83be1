// Secrets, encrypted with a key that the system's own store keeps, in one file beside the workspace. Values are never written in
// the clear and never leave through a call.

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { SafeStorage } from "electron";
import { WorkbenchError } from "../../shared/errors.ts";
import type { SecretStore } from "../ipc/host-context.ts";

type Encryption = Pick<
  SafeStorage,
  "isAsyncEncryptionAvailable" | "encryptStringAsync" | "decryptStringAsync" | "getSelectedStorageBackend"
>;

export function openSecretStore(encryption: Encryption, file: string, platform = process.platform): SecretStore {
  // On Linux without a key store Electron would "encrypt" with a password that everybody knows.
  const isAvailable = async (): Promise<boolean> =>
    (await encryption.isAsyncEncryptionAvailable()) && (platform !== "linux" || encryption.getSelectedStorageBackend() !== "basic_text");
  return {
    lasting: true,
    isAvailable,
    names: () => Object.keys(read(file)).sort(),
    set: async (name, value) => {
      const { [name]: _, ...others } = read(file);
      if (value === null) {
        write(file, others);
        return;
      }
      if (!(await isAvailable())) {
        throw new WorkbenchError("unsupported", "this system offers no place for secrets", {
          hint: "Install and unlock a key store (GNOME Keyring, KWallet).",
        });
      }
      const encrypted = await encryption.encryptStringAsync(value);
      write(file, { ...read(file), [name]: encrypted.toString("base64") });
    },
    read: async (name) => {
      const { [name]: encrypted } = read(file);
      if (encrypted === undefined) return undefined;
      const { result } = await encryption.decryptStringAsync(Buffer.from(encrypted, "base64"));
      return result;
    },
  };
}

function read(file: string): Readonly<Record<string, string>> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  } catch {
    return {};
  }
}

function write(file: string, secrets: Readonly<Record<string, string>>): void {
  writeFileSync(`${file}.new`, JSON.stringify(secrets), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
