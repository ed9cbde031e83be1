// Who may talk to a served workbench: a page of its own origin, in a browser that was once shown the address with the token. The
// token works once; what it is exchanged for is a cookie that scripts cannot read and other sites' requests do not carry.

import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

export interface Access {
  /** A token that can be exchanged once; those handed out before and not used are worthless from then on. */
  readonly newToken: () => string;
  /** Uses the token up; gives the Set-Cookie value, undefined where it is wrong or used. */
  readonly exchange: (token: string) => string | undefined;
  readonly hasSession: (request: IncomingMessage) => boolean;
  /** The name a request was addressed to is ours: no other name may lead here (DNS rebinding). */
  readonly isOurHost: (request: IncomingMessage) => boolean;
  /** The page that sent it is ours. Requests that change nothing may come without an origin. */
  readonly isOurOrigin: (request: IncomingMessage, may: "be absent" | "not be absent") => boolean;
}

export function createAccess(port: number): Access {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  // Cookies do not keep ports apart: two workbenches on one machine need two names.
  const cookieName = `raif-session-${port}`;
  const session = secret();
  let token: string | undefined;
  return {
    newToken: () => (token = secret()),
    exchange: (offered) => {
      if (token === undefined || !isSame(offered, token)) return undefined;
      token = undefined;
      return `${cookieName}=${session}; HttpOnly; SameSite=Strict; Path=/`;
    },
    hasSession: ({ headers }) => {
      const cookies = (headers.cookie ?? "").split(";").map((part) => part.trim());
      return cookies.some((cookie) => cookie.startsWith(`${cookieName}=`) && isSame(cookie.slice(cookieName.length + 1), session));
    },
    isOurHost: ({ headers }) => hosts.includes(headers.host ?? ""),
    isOurOrigin: ({ headers }, may) => {
      // Chromium says it of every request; "none" is an address that the user opened.
      const site = headers["sec-fetch-site"];
      if (site !== undefined && site !== "same-origin" && site !== "none") return false;
      if (headers.origin === undefined) return may === "be absent";
      return headers.origin === `http://${headers.host ?? ""}`;
    },
  };
}

function secret(): string {
  return randomBytes(32).toString("base64url");
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
