import { readPreference, writePreference } from "../storage";
import { Store } from "../store";

/** Whether single letters are shortcuts; some people dictate, and their words would press them. */
export const letterKeys = new Store<boolean>(readPreference("letters") !== "off");

export const areLettersOn = letterKeys.get;

export function switchLetters(isOn: boolean): void {
  writePreference("letters", isOn ? "on" : "off");
  letterKeys.set(isOn);
}

/** Whether a key goes into a field. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}
