/** The clipboard where the page may use it; on plain http addresses the older way. */
export async function copyText(text: string, input?: HTMLInputElement | null): Promise<boolean> {
  try {
    const clipboard = navigator.clipboard as Clipboard | undefined;
    if (clipboard) {
      await clipboard.writeText(text);
      return true;
    }
  } catch {
    // Refused: fall through to the older way.
  }
  if (input) return selectAndCopy(input);
  const field = document.createElement("input");
  field.value = text;
  field.className = "unseen";
  // Inside an open dialog, else the field cannot be focused.
  (document.querySelector("dialog[open]:last-of-type") ?? document.body).append(field);
  const worked = selectAndCopy(field);
  field.remove();
  return worked;
}

function selectAndCopy(field: HTMLInputElement): boolean {
  field.focus();
  field.select();
  return document.execCommand("copy");
}
