/** A file on disk as a `ByteSource`: positioned reads through one descriptor, no mapping, no cache of our own. */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { ByteSource } from "../base/byte_source.ts";
import { InputError } from "../base/input_error.ts";

/** An open file; whoever opened it closes it. */
export interface FileSource extends ByteSource {
  close(): void;
}

/** Opens a regular file. A directory, a missing or an unreadable file is the user's error. */
export function openFileSource(path: string): FileSource {
  const fd = openFile(path);
  const size = regularSize(fd, path);
  return {
    name: path,
    size,
    read: (offset, length) => readAt(fd, path, offset, length),
    close: () => closeSync(fd),
  };
}

function openFile(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw new InputError(`${path}: expected a readable file, found ${reason(error)}`);
  }
}

function regularSize(fd: number, path: string): number {
  const stat = fstatSync(fd);
  if (stat.isFile()) return stat.size;
  closeSync(fd);
  throw new InputError(
    `${path}: expected a file, found ${stat.isDirectory() ? "a directory" : "a special file"}`,
  );
}

function readAt(fd: number, path: string, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = readOnce(fd, path, bytes, done, offset + done);
    // The size was taken at opening: an end before it means that somebody shortened the file under us.
    if (count === 0)
      throw new InputError(`${path}: byte ${offset + done}: the file shrank while it was read`);
    done += count;
  }
  return bytes;
}

function readOnce(fd: number, path: string, into: Uint8Array, at: number, offset: number): number {
  try {
    return readSync(fd, into, at, into.length - at, offset);
  } catch (error) {
    throw new InputError(`${path}: byte ${offset}: expected readable data, found ${reason(error)}`);
  }
}

/** The system's short reason: "no such file or directory" without Node's code and path around it. */
function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^[A-Z]+: /, "").replace(/, \w+( '.*')?$/, "");
}
