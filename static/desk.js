/* The desk's small island: what a keyboard and a menu need. Every page works without it. */
(function () {
  "use strict";

  function typing(element) {
    return element.closest("input, textarea, select, [contenteditable]") !== null;
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !typing(event.target)) {
      var find = document.getElementById("find");
      if (find) {
        event.preventDefault();
        find.focus();
        find.select();
      }
    }
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open]").forEach(function (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
    }
    if ((event.key === "j" || event.key === "k") && !typing(event.target)) {
      var acts = Array.from(document.querySelectorAll(".need .btn"));
      if (!acts.length) return;
      var at = acts.indexOf(document.activeElement);
      var next = event.key === "j" ? Math.min(at + 1, acts.length - 1) : Math.max(at - 1, 0);
      acts[next].focus();
    }
  });

  document.addEventListener("click", function (event) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  /* A filter applies at once; without this the button does it. */
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-at-once]");
    if (form && event.target.matches("select")) form.requestSubmit();
  });
})();
