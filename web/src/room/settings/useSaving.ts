import { HubError } from "@veza/client";
import { useState } from "react";

export interface Saving {
  busy: boolean;
  error: unknown;
  /** True after it worked, until something is tried again. */
  saved: boolean;
  /** Undefined from `work` means that there is no connection. */
  run(work: () => Promise<unknown> | undefined): void;
}

/** One thing that is being saved, and how it went. */
export function useSaving(): Saving {
  const [state, setState] = useState({ busy: false, error: null as unknown, saved: false });
  return {
    ...state,
    run(work) {
      setState({ busy: true, error: null, saved: false });
      const asked = work() ?? Promise.reject(new HubError({ code: "DISCONNECTED", message: "", status: 0 }));
      asked.then(
        () => setState({ busy: false, error: null, saved: true }),
        (error: unknown) => setState({ busy: false, error, saved: false }),
      );
    },
  };
}
