// Typed access to an open workspace: prepared statements cached per connection, transactions, and SQLite's errors turned
// into the workbench's. Opening and closing live in open-workspace.ts.

import type { Database, RunResult, Statement } from "better-sqlite3";
import { describeSqliteError } from "./sqlite-errors.ts";

declare const readBrand: unique symbol;
declare const writeBrand: unique symbol;

/** May only read. A WriteConnection is one too. */
export type ReadConnection = Database & { readonly [readBrand]: true };
/** May read and write. */
export type WriteConnection = ReadConnection & { readonly [writeBrand]: true };

export type SqlValue = string | number | bigint | Buffer | null;

const statementCaches = new WeakMap<Database, Map<string, Statement<SqlValue[]>>>();

function prepared(db: Database, sql: string): Statement<SqlValue[]> {
  let cache = statementCaches.get(db);
  if (cache === undefined) statementCaches.set(db, (cache = new Map<string, Statement<SqlValue[]>>()));
  let statement = cache.get(sql);
  if (statement === undefined) cache.set(sql, (statement = db.prepare<SqlValue[]>(sql)));
  return statement;
}

/** Runs a writing statement. */
export function run(db: WriteConnection, sql: string, ...values: readonly SqlValue[]): RunResult {
  try {
    return prepared(db, sql).run(...values);
  } catch (error) {
    throw describeSqliteError(error, db.name);
  }
}

/** Runs an INSERT and gives the new row's id. */
export function insert(db: WriteConnection, sql: string, ...values: readonly SqlValue[]): number {
  return Number(run(db, sql, ...values).lastInsertRowid);
}

/** First row or undefined. `Row` names the columns that `sql` selects. */
export function getRow<Row>(db: ReadConnection, sql: string, ...values: readonly SqlValue[]): Row | undefined {
  try {
    return prepared(db, sql).get(...values) as Row | undefined;
  } catch (error) {
    throw describeSqliteError(error, db.name);
  }
}

/** All rows. `Row` names the columns that `sql` selects. */
export function allRows<Row>(db: ReadConnection, sql: string, ...values: readonly SqlValue[]): Row[] {
  try {
    return prepared(db, sql).all(...values) as Row[];
  } catch (error) {
    throw describeSqliteError(error, db.name);
  }
}

/** The first column of every row, for long lists: no object is made for a row. */
export function column<Value extends SqlValue>(db: ReadConnection, sql: string, ...values: readonly SqlValue[]): Value[] {
  try {
    return db
      .prepare<SqlValue[]>(sql)
      .pluck()
      .all(...values) as Value[];
  } catch (error) {
    throw describeSqliteError(error, db.name);
  }
}

/** Rows one at a time, for results too large to hold. Nothing may be written on the connection meanwhile. */
export function* eachRow<Row>(db: ReadConnection, sql: string, ...values: readonly SqlValue[]): Generator<Row> {
  try {
    for (const row of db.prepare<SqlValue[]>(sql).iterate(...values)) yield row as Row;
  } catch (error) {
    throw describeSqliteError(error, db.name);
  }
}

/** All or nothing: what `body` writes is committed together, or undone when it throws. Inside another transaction it joins that one. */
export function transaction<Result>(db: WriteConnection, body: () => Result): Result {
  if (db.inTransaction) return body();
  run(db, "BEGIN IMMEDIATE");
  try {
    const result = body();
    run(db, "COMMIT");
    return result;
  } catch (error) {
    // SQLite has already rolled back by itself after some errors, a full disk among them.
    if (db.inTransaction) run(db, "ROLLBACK");
    throw error;
  }
}

/** A consistent view for several reads, whatever other connections write meanwhile. */
export function snapshot<Result>(db: ReadConnection, body: () => Result): Result {
  if (db.inTransaction) return body();
  try {
    db.exec("BEGIN");
    try {
      return body();
    } finally {
      if (db.inTransaction) db.exec("COMMIT");
    }
  } catch (error) {
    throw describeSqliteError(error, db.name);
  }
}
