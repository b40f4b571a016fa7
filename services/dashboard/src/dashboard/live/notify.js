// Alerts as notifications of the browser, for who allows it.
const CHOICES = new Map([
  ["default", "Notify me in this browser"],
  ["granted", "This browser notifies you"],
  ["denied", "This browser is set not to notify"],
]);

const JUST_NOW_MS = 60_000;

// Ten tabs show one notification: those of one tag are the same to a browser. Those of before the
// page was opened come late where no page was open: an id begins with when the gateway had it, and
// `openedAt` is by the server's clock, since the browser's may be another.
function notify({ id, alert_id, rule, text }, openedAt) {
  if (globalThis.Notification?.permission !== "granted") return;
  if (Number.parseInt(id, 10) < openedAt - JUST_NOW_MS) return;
  try {
    new Notification(rule, { body: text, tag: alert_id });
  } catch {
    // A phone's browser lets only a service worker notify.
  }
}

function showChoice() {
  if (!globalThis.Notification) return; // not on a page without https that is not of this machine
  const buttons = document.querySelectorAll("button.notify");
  if (!buttons.length) return; // what is allowed is asked of the browser's main process, and waited for
  const { permission } = Notification;
  for (const button of buttons) {
    if (button.dataset.permission === permission) continue;
    button.dataset.permission = permission;
    button.textContent = CHOICES.get(permission);
    button.disabled = permission !== "default";
    button.hidden = false;
    button.onclick = () => Notification.requestPermission().then(showChoice);
  }
}
