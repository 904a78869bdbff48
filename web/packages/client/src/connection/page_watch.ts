/** Calls back when the network returns or the page is shown again; the answer ends it. Does nothing
 * outside a page. */
export function watchPage(onBack: () => void): () => void {
  const page = globalThis.document;
  const onVisibility = (): void => {
    if (page.visibilityState === "visible") onBack();
  };
  globalThis.window?.addEventListener("online", onBack);
  page?.addEventListener("visibilitychange", onVisibility);
  return () => {
    globalThis.window?.removeEventListener("online", onBack);
    page?.removeEventListener("visibilitychange", onVisibility);
  };
}
