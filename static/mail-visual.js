/* The mail's body as the blocks that a reader sees, to be written in where they stand. The source below stays what is
   kept: a block that nobody touches keeps its source to the letter, and what cannot be shown is left to the source. */
(function () {
  "use strict";
  var form = document.getElementById("mail-form");
  var room = document.getElementById("visual");
  if (!form || !room) return;
  var source = form.elements.body;
  var tools = form.querySelector(".insert");
  var choice = document.getElementById("write-as");
  var say = document.getElementById("visual-says");
  var ATTRS = "(?:[^>\"']|\"[^\"]*\"|'[^']*')*?";
  var BLOCK = new RegExp("<!--[\\s\\S]*?-->|<mj-(text|button|image|divider|table|raw|include|spacer)\\b" + ATTRS + "(?:/>|>[\\s\\S]*?</mj-\\1>)", "g");
  var PARTS = new RegExp("^(<mj-[a-z]+\\b" + ATTRS + ">)([\\s\\S]*)(</mj-[a-z]+>)$");
  var LIQUID = /\{%-?\s*if\b[\s\S]*?\bendif\s*-?%\}|\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g;
  var KEPT = ["p", "b", "strong", "i", "em", "a", "ul", "ol", "li", "h1", "h2", "h3"];
  var KINDS = { heading: "Heading", words: "Paragraph", list: "List", button: "Button", image: "Picture", divider: "Divider", locked: "Part" };
  var tokens = [];
  var past = [];
  var future = [];
  var typedIn = null;
  var caret = null;

  /* Between the source and what is shown. */
  function split(text) {
    var found;
    var at = 0;
    var made = [];
    BLOCK.lastIndex = 0;
    while ((found = BLOCK.exec(text))) {
      if (found.index > at) made.push({ raw: text.slice(at, found.index) });
      made.push(found[1] ? block(found[1], found[0]) : { raw: found[0] });
      at = BLOCK.lastIndex;
    }
    if (at < text.length) made.push({ raw: text.slice(at) });
    return made;
  }

  function block(tag, raw) {
    var parts = PARTS.exec(raw);
    if (tag === "divider" || tag === "image") return { kind: tag, raw: raw };
    if (tag === "button" && parts && !/[<]/.test(parts[2])) return { kind: "button", raw: raw };
    if (tag !== "text" || !parts) return { kind: "locked", raw: raw };
    var heading = /^\s*<(h[123])>([\s\S]*)<\/\1>\s*$/.exec(parts[2]);
    var open = parts[1] + (heading ? "<" + heading[1] + ">" : "");
    var close = (heading ? "</" + heading[1] + ">" : "") + parts[3];
    var inner = heading ? heading[2] : parts[2];
    if (canon(inner) !== canon(words(built(inner)))) return { kind: "locked", raw: raw };
    var kind = heading ? "heading" : /^\s*<[uo]l>/.test(inner) ? "list" : "words";
    return { kind: kind, level: heading ? heading[1] : "", raw: raw, open: open, inner: inner, close: close };
  }

  function parsed(html) {
    return new DOMParser().parseFromString("<body>" + html, "text/html").body;
  }

  function canon(html) {
    return parsed(html).innerHTML.replace(/\s+/g, " ").replace(/> | </g, function (end) { return end.trim(); }).trim();
  }

  /* The text with each field as one thing that can be moved and taken out, but not broken. */
  function built(html) {
    var body = parsed(html);
    var walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
    var texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    texts.forEach(function (node) {
      var text = node.data;
      var at = 0;
      var made = document.createDocumentFragment();
      text.replace(LIQUID, function (liquid, index) {
        made.append(text.slice(at, index), slip(liquid));
        at = index + liquid.length;
      });
      if (at) {
        made.append(text.slice(at));
        node.replaceWith(made);
      }
    });
    var shown = document.createDocumentFragment();
    shown.append.apply(shown, Array.from(body.childNodes));
    return shown;
  }

  function slip(liquid) {
    var made = document.createElement("span");
    made.className = "slip";
    made.contentEditable = "false";
    made.dataset.liquid = liquid;
    made.textContent = named(liquid);
    return made;
  }

  function named(liquid) {
    var rule = /^\{%-?\s*if\b[\s\S]*?%\}([\s\S]*?)\{%[\s\S]*\}$/.exec(liquid);
    if (rule) return rule[1].replace(/\{\{[\s\S]*?\}\}/g, named) + " (if there is one)";
    var name = /^\{\{-?\s*([\w.]+)/.exec(liquid);
    if (!name) return "a rule";
    var field = Array.from(tools.querySelectorAll("#f-field option")).find(function (each) {
      return each.value.indexOf(name[1]) > -1;
    });
    return field ? field.textContent.split(",")[0] : name[1];
  }

  function words(node) {
    return Array.from(node.childNodes).map(function (each) {
      if (each.nodeType === 3) return each.data.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/\u00a0/g, "&nbsp;");
      if (each.nodeType !== 1) return "";
      if (each.dataset.liquid) return each.dataset.liquid;
      var tag = each.localName === "div" ? "p" : each.localName;
      if (tag === "br") return "<br />";
      if (tag === "span" && each.className) return "<span class=\"" + each.className + "\">" + words(each) + "</span>";
      if (KEPT.indexOf(tag) < 0) return words(each);
      var href = tag === "a" ? " href=\"" + (each.getAttribute("href") || "").replace(/&/g, "&amp;").replace(/"/g, "&quot;") + "\"" : "";
      return "<" + tag + href + ">" + words(each).replace(/^<br \/>$/, "") + "</" + tag + ">";
    }).join("");
  }

  function joined() {
    return tokens.map(function (each) { return each.raw; }).join("");
  }

  /* What is changed, kept, and taken back. */
  function keep(from) {
    var now = joined();
    if (now === source.value) return;
    if (!from || typedIn !== from) past.push(source.value);
    typedIn = from || null;
    future = [];
    put(now);
  }

  function put(text) {
    source.value = text;
    source.dispatchEvent(new Event("input", { bubbles: true }));
    tools.querySelector("[data-do=undo]").disabled = !past.length;
    tools.querySelector("[data-do=redo]").disabled = !future.length;
  }

  function back(from, to) {
    if (!from.length) return;
    to.push(source.value);
    typedIn = null;
    put(from.pop());
    draw();
  }

  /* How it is shown. */
  function draw() {
    tokens = split(source.value);
    room.replaceChildren.apply(room, tokens.filter(kindOf).map(shown));
    caret = null;
    steps();
  }

  function kindOf(each) {
    return each.kind;
  }

  function made(tag, kind, text) {
    var it = document.createElement(tag);
    if (kind) it.className = kind;
    if (text) it.textContent = text;
    return it;
  }

  function shown(token) {
    var box = made("div", "vb vb-" + token.kind);
    box.token = token;
    var maker = { button: aButton, image: aPicture, divider: aRule, locked: aPart }[token.kind] || aText;
    box.append(maker(token, box), handles(token));
    return box;
  }

  function aText(token) {
    var it = made("div", "vb-text " + token.level);
    it.contentEditable = "true";
    it.setAttribute("role", "textbox");
    it.setAttribute("aria-multiline", String(token.kind !== "heading"));
    it.setAttribute("aria-label", KINDS[token.kind]);
    it.append(built(token.inner));
    it.addEventListener("input", function () {
      var typed = words(it);
      if (token.kind === "words" && typed && !/^\s*<(p|ul|ol)>/.test(typed)) typed = "<p>" + typed + "</p>";
      token.raw = token.open + (token.kind === "heading" ? typed.replace(/<\/?p>|<br \/>/g, " ").trim() : typed) + token.close;
      keep(token);
    });
    it.addEventListener("paste", function (event) {
      event.preventDefault();
      document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
    });
    it.addEventListener("drop", function (event) {
      event.preventDefault();
    });
    it.addEventListener("keydown", function (event) {
      var empty = !it.textContent.trim() && !it.querySelector(".slip");
      if (event.key === "Enter" && token.kind === "heading") {
        event.preventDefault();
        add("<mj-text><p></p></mj-text>");
      } else if (event.key === "Backspace" && empty && token.kind !== "list") {
        event.preventDefault();
        remove(it.parentNode);
      }
    });
    return it;
  }

  function field(label, control) {
    var it = made("label", "vb-field");
    it.append(made("span", "", label), control);
    return it;
  }

  function input(value, label) {
    var it = made("input");
    it.value = value;
    it.setAttribute("aria-label", label);
    return it;
  }

  function attribute(raw, name) {
    var found = new RegExp("\\b" + name + "=\"([^\"]*)\"").exec(raw);
    return found ? parsed("<i title=\"" + found[1] + "\"></i>").firstChild.title : "";
  }

  function quoted(text) {
    return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
  }

  function setAttribute(token, name, value) {
    token.raw = token.raw.replace(new RegExp("\\b" + name + "=\"[^\"]*\""), function () { return name + "=\"" + quoted(value) + "\""; });
    keep(token);
  }

  function aButton(token) {
    var box = made("div", "vb-fields");
    var label = input(parsed(PARTS.exec(token.raw)[2]).textContent.trim(), "Words on the button");
    var to = made("select");
    var at = attribute(token.raw, "href");
    var address = input(at, "Address");
    to.setAttribute("aria-label", "The button leads to");
    tools.querySelectorAll("#f-field option").forEach(function (each) {
      if (each.value.indexOf("{{ links.") === 0) to.append(new Option(each.textContent, each.value, false, each.value === at));
    });
    to.append(new Option("Another address", ""));
    if (to.value !== at) to.value = "";
    address.hidden = to.value !== "";
    label.className = "vb-go";
    label.addEventListener("input", function () {
      var parts = PARTS.exec(token.raw);
      token.raw = parts[1] + quoted(label.value).replace(/&quot;/g, "\"") + parts[3];
      keep(token);
    });
    to.addEventListener("change", function () {
      address.hidden = to.value !== "";
      if (to.value) setAttribute(token, "href", to.value);
      else address.focus();
    });
    address.addEventListener("input", function () {
      setAttribute(token, "href", address.value);
    });
    box.append(label, field("leads to", to), address);
    return box;
  }

  function aPicture(token) {
    var box = made("div", "vb-fields");
    var alt = input(attribute(token.raw, "alt"), "What the picture shows");
    alt.addEventListener("input", function () {
      setAttribute(token, "alt", alt.value);
    });
    box.append(made("p", "muted", "A picture: " + (/clinic\.mark_url/.test(token.raw) ? "the clinic’s mark" : attribute(token.raw, "src"))), field("shows", alt));
    return box;
  }

  function aRule() {
    return made("hr");
  }

  function aPart(token) {
    var box = made("div", "vb-part");
    var path = attribute(token.raw, "path").split("/").pop().replace(/\.mjml$/, "").replace(/-/g, " ");
    var text = path ? "" : parsed(token.raw).textContent.replace(/\s+/g, " ").trim();
    box.append(made("b", "", path ? path.charAt(0).toUpperCase() + path.slice(1) : "A part for the source"), made("p", "muted", path ? "The same words in each mail that holds it." : text.slice(0, 160)));
    return box;
  }

  /* Moving and taking out. */
  function press(name, label, icon) {
    var it = made("button", "btn s quiet");
    it.type = "button";
    it.dataset.move = name;
    it.setAttribute("aria-label", label);
    it.title = label;
    it.append(document.getElementById("icon-" + icon).content.cloneNode(true));
    return it;
  }

  function handles(token) {
    var box = made("div", "vb-tools");
    var kind = KINDS[token.kind].toLowerCase();
    box.append(press("up", "Move this " + kind + " up", "up"), press("down", "Move this " + kind + " down", "down"), press("out", "Take this " + kind + " out", "out"));
    return box;
  }

  /* A block moves only past one that stands in the same column, and past no rule of the source. */
  function other(token, step) {
    var at = tokens.indexOf(token) + step;
    while (tokens[at] && !tokens[at].kind) {
      if (tokens[at].raw.trim()) return null;
      at += step;
    }
    return tokens[at] || null;
  }

  function steps() {
    Array.from(room.children).forEach(function (box) {
      box.querySelector("[data-move=up]").disabled = !other(box.token, -1);
      box.querySelector("[data-move=down]").disabled = !other(box.token, 1);
    });
  }

  function move(box, way) {
    var next = other(box.token, way === "up" ? -1 : 1);
    if (!next) return;
    var one = tokens.indexOf(box.token);
    var two = tokens.indexOf(next);
    tokens[one] = next;
    tokens[two] = box.token;
    if (way === "up") box.previousElementSibling.before(box);
    else box.nextElementSibling.after(box);
    steps();
    keep();
    var button = box.querySelector("[data-move=" + way + "]");
    (button.disabled ? box.querySelector("[data-move]:not(:disabled)") : button).focus();
    say.textContent = "Moved " + way + ".";
  }

  function remove(box) {
    var near = box.previousElementSibling || box.nextElementSibling;
    var at = tokens.indexOf(box.token);
    var blank = tokens[at - 1] && !tokens[at - 1].kind && !tokens[at - 1].raw.trim();
    tokens.splice(blank ? at - 1 : at, blank ? 2 : 1);
    box.remove();
    steps();
    keep();
    if (near) focusOn(near);
    say.textContent = "Taken out. Undo puts it back.";
  }

  function add(raw) {
    var after = box() || room.lastElementChild;
    var at = after ? tokens.indexOf(after.token) + 1 : -1;
    if (at < 1) return;
    var fresh = block(/^<mj-([a-z]+)/.exec(raw)[1], raw);
    tokens.splice(at, 0, { raw: "\n    " }, fresh);
    var it = shown(fresh);
    after.after(it);
    steps();
    keep();
    focusOn(it);
    it.scrollIntoView({ block: "nearest" });
  }

  function focusOn(it) {
    var to = it.querySelector(".vb-text, input, button:not(:disabled)");
    to.focus();
    if (to.isContentEditable) document.getSelection().selectAllChildren(to);
    if (to.isContentEditable && to.textContent) document.getSelection().collapseToEnd();
  }

  function box() {
    return caret && room.contains(caret.startContainer) ? elementOf(caret.startContainer).closest(".vb") : room.querySelector(".vb:focus-within") || last;
  }

  function elementOf(node) {
    return node.nodeType === 1 ? node : node.parentNode;
  }

  function toCaret() {
    var text = box() && box().querySelector(".vb-text");
    if (!text) return false;
    text.focus();
    if (caret && text.contains(caret.startContainer)) {
      document.getSelection().removeAllRanges();
      document.getSelection().addRange(caret);
    } else {
      document.getSelection().selectAllChildren(text);
      document.getSelection().collapseToEnd();
    }
    return true;
  }

  var last = null;
  var inVisual = true;
  document.addEventListener("selectionchange", function () {
    var selection = document.getSelection();
    if (selection.rangeCount && room.contains(selection.anchorNode) && elementOf(selection.anchorNode).closest(".vb-text")) caret = selection.getRangeAt(0).cloneRange();
  });
  form.addEventListener("focusin", function (event) {
    var within = event.target.closest(".vb");
    if (within) {
      last = within;
      inVisual = true;
      if (!event.target.closest(".vb-text")) caret = null;
    } else if (event.target.matches("#f-subject, #f-preheader")) inVisual = false;
  });
  room.addEventListener("click", function (event) {
    var pressed = event.target.closest("[data-move]");
    if (!pressed) return;
    if (pressed.dataset.move === "out") remove(pressed.closest(".vb"));
    else move(pressed.closest(".vb"), pressed.dataset.move);
  });
  room.addEventListener("keydown", function (event) {
    var way = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    if (!event.altKey || !way) return;
    event.preventDefault();
    move(event.target.closest(".vb"), way);
  });

  var deeds = {
    bold: function () { document.execCommand("bold"); },
    italic: function () { document.execCommand("italic"); },
    undo: function () { back(past, future); },
    redo: function () { back(future, past); },
    link: function () {
      var to = document.getElementById("f-link").value;
      if (to === "other") to = window.prompt("The address, with https://", "https://");
      if (to === "none") document.execCommand("unlink");
      else if (to) document.execCommand("createLink", false, to);
    },
  };
  tools.addEventListener("mousedown", function (event) {
    if (event.target.closest("[data-do]")) event.preventDefault();
  });
  tools.addEventListener("click", function (event) {
    var pressed = event.target.closest("[data-do]");
    if (!pressed) return;
    var deed = pressed.dataset.do;
    if (deed === "undo" || deed === "redo" || toCaret()) deeds[deed]();
  });
  tools.addEventListener("change", function (event) {
    var select = event.target;
    if (room.hidden || !select.value) return;
    if (select.id === "f-link") {
      event.stopPropagation();
      if (toCaret()) deeds.link();
      select.value = "";
    } else if (select.id === "f-block") {
      event.stopPropagation();
      add(select.value);
      select.value = "";
    } else if (inVisual) {
      event.stopPropagation();
      if (toCaret()) document.execCommand("insertHTML", false, slip(select.value).outerHTML);
      select.value = "";
    }
  }, true);

  choice.hidden = false;
  choice.addEventListener("click", function (event) {
    var pressed = event.target.closest("[data-as]");
    if (pressed) show(pressed.dataset.as);
  });

  function show(as) {
    var visual = as === "visual";
    if (visual) draw();
    room.hidden = !visual;
    form.classList.toggle("in-visual", visual);
    choice.querySelectorAll("[data-as]").forEach(function (each) {
      each.setAttribute("aria-pressed", String(each.dataset.as === as));
    });
  }

  document.execCommand("defaultParagraphSeparator", false, "p");
  show(split(source.value).some(kindOf) ? "visual" : "source");
})();
