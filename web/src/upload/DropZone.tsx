import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../shell/Icon";
import { addFiles, useUploads } from "./uploads";
import "./upload.css";

/** Takes files dropped anywhere on the page. Test id: `drop-zone` (while files are held over it). */
export function DropZone() {
  const { t } = useTranslation();
  const roomId = useUploads((store) => store.roomId);
  const [isOver, setIsOver] = useState(false);

  useEffect(() => {
    let depth = 0;
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const enter = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      depth += 1;
      setIsOver(true);
    };
    const over = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    };
    const leave = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      depth -= 1;
      if (depth <= 0) setIsOver(false);
    };
    const drop = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      depth = 0;
      setIsOver(false);
      addFiles(Array.from(event.dataTransfer?.files ?? []));
    };
    window.addEventListener("dragenter", enter);
    window.addEventListener("dragover", over);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragenter", enter);
      window.removeEventListener("dragover", over);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("drop", drop);
    };
  }, []);

  if (!isOver) return null;
  return (
    <div className="drop-zone" data-testid="drop-zone">
      <div>
        <Icon name="upload" className="huge" />
        <strong>{t("upload.drop")}</strong>
        <p>{t(roomId ? "upload.dropQueue" : "upload.dropLibrary")}</p>
        <p className="faint small-text">{t("upload.formats")}</p>
      </div>
    </div>
  );
}
