/* A segment's rows: each shows only what its fact can be asked. Without this every row shows everything. */
(function () {
  "use strict";

  var PLAIN = ["yes", "no"];
  var ASKED = {
    did: { hows: PLAIN, value: "How often at least", number: true, days: true },
    tag: { hows: PLAIN, value: "Which tag" },
    interest: { hows: PLAIN, value: "Which" },
    confirmed: { hows: PLAIN },
    score: { hows: ["at-least", "at-most"], value: "Points", number: true },
    field: { hows: null, value: "Value" }
  };
  var EMPTY = ["known", "unknown"];

  function asked(fact) {
    return ASKED[fact.split(":")[0]] || null;
  }

  function part(row, name) {
    return row.querySelector("[name=" + name + "]");
  }

  function show(field, shown) {
    field.closest(".f").hidden = !shown;
    if (!shown) field.value = "";
  }

  function fit(row) {
    var fact = part(row, "fact").value, how = part(row, "how"), value = part(row, "value"), it = asked(fact);
    how.closest(".f").hidden = !fact;
    if (!it) {
      show(value, false);
      show(part(row, "days"), false);
      return;
    }
    Array.from(how.options).forEach(function (each) {
      each.hidden = each.disabled = it.hows !== null && it.hows.indexOf(each.value) < 0;
    });
    if (how.selectedOptions.length === 0 || how.selectedOptions[0].disabled) how.value = it.hows[0];
    show(value, Boolean(it.value) && EMPTY.indexOf(how.value) < 0);
    show(part(row, "days"), Boolean(it.days));
    row.querySelector("label[for=" + value.id + "]").textContent = it.value || "Value";
    value.inputMode = it.number ? "numeric" : "text";
    var known = document.getElementById("known-" + fact);
    if (known) value.setAttribute("list", known.id); else value.removeAttribute("list");
  }

  document.querySelectorAll(".ask").forEach(fit);
  document.addEventListener("change", function (event) {
    var row = event.target.closest(".ask");
    if (row && event.target.matches("select")) fit(row);
  }, true);
})();
