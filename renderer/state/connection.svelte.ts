// Whether the host can be reached. Under the desktop it always can; a served page may outlive its server.

class Connection {
  #connected = $state(true);

  get connected(): boolean {
    return this.#connected;
  }

  set(connected: boolean): void {
    this.#connected = connected;
  }
}

export const connection = new Connection();
