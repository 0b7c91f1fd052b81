/* The mail editor's island: keeps what is typed, shows it beside, and puts in blocks and fields. Saving works without it. */
(function () {
  "use strict";
  var form = document.getElementById("mail-form");
  if (!form) return;
  var WAIT = 900;
  var timer = null;
  var saving = false;
  var dirty = false;
  var last = form.elements.body;
  var textTouched = false;
  var after = null;

  function say(words) {
    document.getElementById("kept").textContent = words;
  }

  /* What the server made of it takes the place of what is shown; what is being typed stays. */
  function show(made) {
    ["kept", "checks", "set-back", "as-read"].forEach(function (id) {
      var fresh = made.getElementById(id);
      var old = document.getElementById(id);
      if (fresh && old) {
        old.innerHTML = fresh.innerHTML;
        old.hidden = fresh.hidden;
      }
    });
    form.elements.seen.value = made.querySelector("#mail-form [name=seen]").value;
    if (!textTouched) form.elements.text.value = made.getElementById("f-text").value;
    document.querySelectorAll("#frames iframe").forEach(function (each) {
      each.setAttribute("src", each.getAttribute("src"));
    });
  }

  function save() {
    timer = null;
    if (saving) return;
    saving = true;
    dirty = false;
    say("Saving…");
    fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin" })
      .then(function (answer) {
        if (!answer.ok) throw answer.status;
        return answer.text();
      })
      .then(function (text) {
        var made = new DOMParser().parseFromString(text, "text/html");
        if (!made.getElementById("mail-form")) throw 0;
        show(made);
        saving = false;
        if (after) form.requestSubmit(after);
        else if (dirty) plan();
      })
      .catch(function (status) {
        saving = false;
        after = null;
        if (status === 409) return form.requestSubmit();
        dirty = true;
        say("Not saved yet: your text is kept here. Press Save.");
      });
  }

  function plan() {
    dirty = true;
    window.clearTimeout(timer);
    timer = window.setTimeout(save, WAIT);
  }

  form.addEventListener("input", function (event) {
    if (event.target.closest(".insert")) return;
    if (event.target === form.elements.text) textTouched = true;
    if (!form.hasAttribute("data-met")) plan();
  });
  form.addEventListener("focusin", function (event) {
    if (event.target.matches("#f-subject, #f-preheader, #f-body, #f-text")) last = event.target;
  });
  /* A press waits for the save that is on its way: it would meet a text that is newer than the one it began from. */
  form.addEventListener("submit", function (event) {
    window.clearTimeout(timer);
    if (saving) {
      event.preventDefault();
      after = event.submitter || form.querySelector("[value=save]");
      return;
    }
    dirty = false;
  });
  window.addEventListener("pagehide", function () {
    if (dirty) fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin", keepalive: true });
  });

  /* A block goes behind the one that the caret is in, where MJML takes it. */
  function behind(text, caret) {
    var end = text.indexOf("</mj-column>", caret);
    if (end < 0) end = text.lastIndexOf("</mj-column>");
    if (end < 0) return caret;
    var block = /<\/mj-(?:text|button|table)>/g;
    block.lastIndex = Math.min(caret, end);
    var found = block.exec(text);
    if (found && found.index < end) return block.lastIndex;
    return text.slice(0, end).replace(/\s+$/, "").length;
  }

  /* Put in as if it were typed, so that Ctrl Z takes it out again. */
  document.querySelectorAll("[data-insert]").forEach(function (each) {
    each.closest(".insert").hidden = false;
    each.addEventListener("change", function () {
      var text = each.value;
      if (!text) return;
      var into = each.dataset.insert ? form.elements[each.dataset.insert] : last;
      if (each.dataset.insert) text = "\n    " + text.replace(/\n/g, "\n    ");
      each.value = "";
      into.focus();
      if (each.dataset.insert) {
        var at = behind(into.value, into.selectionStart);
        into.setSelectionRange(at, at);
      }
      if (!document.execCommand("insertText", false, text)) {
        into.setRangeText(text, into.selectionStart, into.selectionEnd, "end");
        plan();
      }
    });
  });
})();
