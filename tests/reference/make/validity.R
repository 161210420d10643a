# Makes the references of sem.validity from R. Run from this folder: Rscript validity.R
suppressMessages({library(lavaan); library(semTools); library(jsonlite)})
setwd("..")

today <- "2026-11-23"
versions <- paste0("R ", getRversion(), ", lavaan ", packageVersion("lavaan"), ", semTools ", packageVersion("semTools"))
dir.create("sem", showWarnings = FALSE)
write <- function(name, what, data, arguments, table, command, citation, tolerance, info = NULL) {
  expected <- list(table = table)
  if (!is.null(info)) expected$info <- info
  truth <- list(what = what, `function` = "klantstudie.analyses.sem.validity", data = data, arguments = arguments,
                expected = expected, tolerance = tolerance,
                source = list(kind = "R", citation = citation, command = command, version = versions, date = today))
  writeLines(toJSON(truth, auto_unbox = TRUE, digits = NA, pretty = TRUE, null = "null", na = "null"),
             file.path("sem", paste0(name, ".json")))
}
model_of <- function(scales) paste(sapply(names(scales), function(s) paste(s, "=~", paste(scales[[s]], collapse = " + "))), collapse = "\n")
tight <- list(rel.tol = 1e-14, x.tol = 1e-12, iter.max = 5000)

numbers <- function(d, scales, standardized, htmt2, fit = NULL) {
  if (is.null(fit)) fit <- cfa(model_of(scales), d, control = tight)
  std <- inspect(fit, "std"); est <- inspect(fit, "est"); n <- names(scales)
  many <- n[lengths(scales) > 1]; cr <- ave <- c()
  for (s in many) {
    i <- scales[[s]]
    if (standardized) { l <- std$lambda[i, s]; e <- 1 - l^2 } else { l <- est$lambda[i, s] * sqrt(est$psi[s, s]); e <- diag(est$theta)[i] }
    cr[s] <- sum(l)^2 / (sum(l)^2 + sum(e)); ave[s] <- sum(l^2) / sum(l^2 + e)
  }
  r <- std$psi
  h <- suppressWarnings(htmt(model_of(scales[many]), d, htmt2 = htmt2))
  list(cr = cr, ave = ave, r = r, h = h)
}
rows_of <- function(x, bound) {
  rows <- list(); n <- rownames(x$r); many <- names(x$cr)
  for (s in many) rows <- c(rows, list(list(term = s, part = "composite_reliability", estimate = x$cr[[s]]),
    list(term = s, part = "ave", estimate = x$ave[[s]]),
    list(term = s, part = "fornell_larcker", estimate = sqrt(x$ave[[s]]), threshold = max(abs(x$r[s, n != s])))))
  for (j in 2:length(n)) for (i in 1:(j - 1)) { pair <- paste(n[i], "~~", n[j])
    rows <- c(rows, list(list(term = pair, part = "correlation", estimate = x$r[i, j])))
    if (n[i] %in% many && n[j] %in% many)
      rows <- c(rows, list(list(term = pair, part = "htmt", estimate = x$h[n[j], n[i]], threshold = bound))) }
  rows
}
hs <- read.csv("data/holzinger_swineford_items.csv"); hs_file <- list(csv = "data/holzinger_swineford_items.csv")
scales <- list(visual = paste0("x", 1:3), textual = paste0("x", 4:6), speed = paste0("x", 7:9))
citation_hs <- "Holzinger and Swineford (1939), lavaan; Henseler, Ringle and Sarstedt (2015)"
tol <- list(default = 1e-5)

write("validity", "validity of three ability scales, standardised loadings, original HTMT", hs_file, list(scales = scales),
      rows_of(numbers(hs, scales, TRUE, FALSE), .85), "lavaan::cfa, inspect(fit, 'std'); semTools::htmt(htmt2 = FALSE)",
      citation_hs, tol, list(decision = "distinct"))
x <- numbers(hs, scales, FALSE, TRUE)
check <- suppressWarnings(suppressMessages(reliability(cfa(model_of(scales), hs, control = tight))))
stopifnot(max(abs(check["omega", names(x$cr)] - x$cr)) < 1e-6, max(abs(check["avevar", names(x$cr)] - x$ave)) < 1e-6)
write("validity_htmt2", "validity of three ability scales on the scale of the answers, HTMT2, as semTools", hs_file,
      list(scales = scales, kind = "htmt2", standardized = FALSE, bound = 0.9), rows_of(x, .9),
      "semTools::reliability(cfa)[c('omega', 'avevar'), ]; semTools::htmt()", citation_hs, tol, list(decision = "distinct"))

ecsi <- read.csv("../../data/raw/ecsi_mobiel/ecsi_mobiel.csv")
four <- list(Image = paste0("IMAG", 1:5), Quality = paste0("PERQ", 1:7), Satisfaction = paste0("CUSA", 1:3),
             Complaints = "CUSCO", Loyalty = paste0("CUSL", 1:3))
write("validity_ecsi", "ECSI scales, one of a single item: the overlap of quality, satisfaction and loyalty shows",
      list(raw = "ecsi_mobiel/ecsi_mobiel.csv"), list(scales = lapply(four, as.list)), rows_of(numbers(ecsi, four, TRUE, FALSE), .85),
      "lavaan::cfa, inspect(fit, 'std'); semTools::htmt(htmt2 = FALSE)", "Tenenhaus et al. (2005); Henseler, Ringle and Sarstedt (2015)",
      tol, list(decision = "not_distinct"))

set.seed(20261123)
draws <- replicate(400, {
  d <- hs[sample(301, replace = TRUE), ]; x <- numbers(d, scales, TRUE, FALSE, cfa(model_of(scales), d))
  c(x$cr["visual"], x$ave["textual"], x$r["visual", "speed"], x$h["speed", "visual"]) })
ends <- apply(draws, 1, quantile, c(.025, .975)); x <- numbers(hs, scales, TRUE, FALSE)
one <- function(i, term, part, estimate) list(term = term, part = part, estimate = estimate, conf_low = ends[1, i], conf_high = ends[2, i])
write("validity_interval", "percentile intervals over resampled rows", hs_file, list(scales = scales, n_boot = 1000),
      list(one(1, "visual", "composite_reliability", x$cr[["visual"]]), one(2, "textual", "ave", x$ave[["textual"]]),
           one(3, "visual ~~ speed", "correlation", x$r["visual", "speed"]), one(4, "visual ~~ speed", "htmt", x$h["speed", "visual"])),
      "400 resamples of the rows: lavaan::cfa and semTools::htmt each; quantile(c(.025, .975))", citation_hs,
      list(default = 1e-5, conf_low = 0.035, conf_high = 0.035))
