import type { ButtonHTMLAttributes } from "react";
import { Icon, type IconName } from "./Icon";

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: "plain" | "primary" | "sound" | "quiet" | "danger";
  size?: "small" | "normal" | "large";
  icon?: IconName;
  busy?: boolean;
};

/** A labelled button. While `busy` it keeps its width, cannot be pressed and says so. */
export function Button({ look = "plain", size = "normal", icon, busy, className, children, disabled, type, ...rest }: ButtonProps) {
  const classes = ["button", look, size, className].filter(Boolean).join(" ");
  return (
    <button type={type ?? "button"} className={classes} disabled={disabled || busy} aria-busy={busy || undefined} {...rest}>
      {busy ? <span className="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

type IconButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & { icon: IconName; label: string; size?: "small" | "normal"; solid?: boolean };

/** A button that is only an icon: the label is its accessible name and its tooltip. */
export function IconButton({ icon, label, size = "normal", solid, className, title, type, ...rest }: IconButtonProps) {
  const classes = ["icon-button", size, solid && "solid", className].filter(Boolean).join(" ");
  return (
    <button type={type ?? "button"} className={classes} aria-label={label} title={title ?? label} {...rest}>
      <Icon name={icon} />
    </button>
  );
}
