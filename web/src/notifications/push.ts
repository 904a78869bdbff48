/** Web Push on this device: asked for on purpose, and taken back the same way. */
import { rest } from "../account/session";

export function canPush(): boolean {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

export async function isPushOn(): Promise<boolean> {
  if (!canPush()) return false;
  const worker = await navigator.serviceWorker.getRegistration("/");
  return Boolean(await worker?.pushManager.getSubscription());
}

/** Turns push on; false when the browser was told not to ask. */
export async function turnPushOn(): Promise<boolean> {
  if ((await Notification.requestPermission()) !== "granted") return false;
  await navigator.serviceWorker.register("/push-worker.js", { scope: "/" });
  const worker = await navigator.serviceWorker.ready;
  const { data } = await rest.call<{ public_key: string }>("GET", "/notifications/push/key");
  const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(data.public_key) });
  const { endpoint, keys } = subscription.toJSON();
  await rest.call("POST", "/notifications/push/subscribe", { endpoint, keys });
  // Another client may have turned push off for the whole account.
  await rest.call("PUT", "/notifications/preferences", { switches: { push_notifications: true, browser_notifications: true } });
  return true;
}

export async function turnPushOff(): Promise<void> {
  const worker = await navigator.serviceWorker.getRegistration("/");
  const subscription = await worker?.pushManager.getSubscription();
  if (!subscription) return;
  await rest.call("DELETE", "/notifications/push/subscribe", { endpoint: subscription.endpoint });
  await subscription.unsubscribe();
}

/** Bytes of base64url. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}
