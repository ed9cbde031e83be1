// Parsers for option values. A bad value is a usage error that names the option; what a value means is the services' business.

import { InvalidArgumentError, Option } from "commander";
import { DEVICE_REQUESTS, type DeviceChoice, type DeviceRequest } from "../../shared/domain/device.ts";

function parseNumber(text: string, what: string, accept: (value: number) => boolean): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (!accept(value)) throw new InvalidArgumentError(`expected ${what}, got "${text}".`);
  return value;
}

export function positiveInteger(text: string): number {
  return parseNumber(text, "a whole number above 0", (value) => Number.isSafeInteger(value) && value > 0);
}

export function nonNegativeInteger(text: string): number {
  return parseNumber(text, "a whole number of 0 or more", (value) => Number.isSafeInteger(value) && value >= 0);
}

/** Seeds are uint32. */
export function seed(text: string): number {
  return parseNumber(text, "a whole number from 0 to 4294967295", (value) => Number.isInteger(value) && value >= 0 && value <= 0xffffffff);
}

export function nonNegativeNumber(text: string): number {
  return parseNumber(text, "a number of 0 or more", (value) => Number.isFinite(value) && value >= 0);
}

/** A part of a whole. */
export function share(text: string): number {
  return parseNumber(text, "a number from 0 to 1", (value) => value >= 0 && value <= 1);
}

/** A part of a whole that is not nothing. */
export function positiveShare(text: string): number {
  return parseNumber(text, "a number above 0, at most 1", (value) => value > 0 && value <= 1);
}

/** 0 asks for a free one. */
export function portNumber(text: string): number {
  return parseNumber(text, "a port from 0 to 65535", (value) => Number.isInteger(value) && value >= 0 && value <= 65535);
}

/** "1,2,3" -> token ids. */
export function tokenIds(text: string): number[] {
  return text.split(",").map((part) => parseNumber(part, "token ids like 1,2,3", (value) => Number.isSafeInteger(value) && value >= 0));
}

/** "16GiB", "900MB" or a plain number of bytes. */
export function memorySize(text: string): number {
  const match = /^([\d.]+)\s*(?:([KMGT])(i?)B)?$/i.exec(text.trim());
  const power = "KMGT".indexOf(match?.[2]?.toUpperCase() ?? "") + 1;
  const unit = match?.[2] === undefined ? 1 : (match[3] === "" ? 1000 : 1024) ** power;
  return parseNumber(match?.[1] ?? "", "a size like 16GiB or 900MB", (value) => Number.isFinite(value) && value > 0) * unit;
}

/** For options that may be given several times. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

/** `--device`, the same for every command that runs a model. */
export function deviceOption(): Option {
  return new Option("--device <device>", "where to compute; auto: a GPU that is faster, for models large enough to gain from it")
    .choices(DEVICE_REQUESTS)
    .default("auto" satisfies DeviceRequest);
}

export function deviceNote({ device, reason }: DeviceChoice): string {
  return `computing on ${device}: ${reason}`;
}
