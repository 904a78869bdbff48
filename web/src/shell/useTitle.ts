import { useEffect } from "react";

/** Names the page in the tab and for screen readers while it is open. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    if (!title) return;
    document.title = `${title} · Veza`;
    return () => {
      document.title = "Veza Hub";
    };
  }, [title]);
}
