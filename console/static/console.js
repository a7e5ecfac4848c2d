// What does every page do beyond plain HTML? Each module adds one thing, and each page works without.

import { keepDrafts } from "./drafts.js";
import { openDialogs } from "./dialogs.js";
import { followSite } from "./live.js";
import { closeMenus } from "./menus.js";
import { sayDone } from "./saying.js";
import { sendForms } from "./sending.js";
import { keepTimesTrue } from "./times.js";

closeMenus();
sayDone();
keepTimesTrue();
keepDrafts();
sendForms();
openDialogs();
followSite();
