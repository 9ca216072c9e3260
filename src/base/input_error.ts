/**
 * The user's input is at fault: a file, an option, a witness. The message is complete as it stands: it names the
 * place (file, byte offset or line), what was expected and what was found. The command line prints it and exits 2.
 */
export class InputError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "InputError";
  }
}
