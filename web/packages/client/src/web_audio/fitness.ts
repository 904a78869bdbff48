/** Whether this browser can have the engine on Web Audio, and whether it had better not. */

interface NetworkHints {
  connection?: { saveData?: boolean };
}

/** Null when it can; else why not. A page that did not come over https has no audio thread. */
export function whyNoGraph(scope: typeof globalThis = globalThis): string | null {
  if (typeof scope.AudioContext === "undefined") return "no Web Audio";
  if (!("audioWorklet" in scope.AudioContext.prototype) && !("audioWorklet" in scope.BaseAudioContext.prototype)) {
    return "no audio thread (a page needs https for it)";
  }
  if (!("getOutputTimestamp" in scope.AudioContext.prototype)) return "no output clock";
  return null;
}

/**
 * Null when `auto` takes it; else why not. Who asks for little data gets the lighter engine, and a
 * phone of Apple's falls silent when it is locked unless a media element plays.
 */
export function whyNotByDefault(navigator: Navigator): string | null {
  if ((navigator as Navigator & NetworkHints).connection?.saveData) return "data is to be saved";
  const isTouchMac = /Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1;
  if (/iPhone|iPad|iPod/.test(navigator.userAgent) || isTouchMac) return "a locked phone would fall silent";
  return null;
}
