# Makes tests/reference/study/{little_*,pattern_*,pool_*}.json. Run from the repository root.
# Little's distance is written out on lavaan's ML moments; Rubin's rules come from mice::pool.scalar.
suppressPackageStartupMessages({library(lavaan); library(mice); library(jsonlite)})
today <- "2026-11-23"
out <- function(name, x) write_json(x, paste0("tests/reference/study/", name, ".json"), digits = NA, auto_unbox = TRUE, na = "null", null = "null", pretty = TRUE)
src <- function(citation) list(kind = "R", citation = citation, command = "Rscript tests/reference/make/missing.R",
  version = paste(R.version.string, "lavaan", packageVersion("lavaan"), "mice", packageVersion("mice")), date = today)

hs <- HolzingerSwineford1939[paste0("x", 1:9)]
set.seed(11)
for (j in c(1, 3, 5, 9)) hs[[j]][runif(nrow(hs)) < plogis(-2.2 + 0.6 * scale(hs$x4)[, 1] * (j != 5))] <- NA
write.csv(hs, "tests/reference/data/holzinger_missing.csv", row.names = FALSE, na = "")

little <- function(x) {
  x <- x[rowSums(!is.na(x)) > 0, ]
  fit <- lavCor(as.data.frame(x), missing = "ml", output = "fit", se = "none",
    optim.gradient = "analytic", control = list(rel.tol = 1e-15, iter.max = 1e5))
  s <- lavInspect(fit, "cov.ov"); m <- lavInspect(fit, "mean.ov")
  code <- apply(!is.na(x), 1, paste, collapse = "")
  d2 <- 0; df <- -ncol(x)
  for (k in unique(code)) {
    part <- x[code == k, , drop = FALSE]; o <- !is.na(part[1, ])
    off <- colMeans(part[, o, drop = FALSE]) - m[o]
    d2 <- d2 + nrow(part) * drop(off %*% solve(s[o, o]) %*% off); df <- df + sum(o)
  }
  list(d2 = d2, df = df, p = pchisq(d2, df, lower.tail = FALSE), n = nrow(x), patterns = length(unique(code)))
}
one <- function(name, csv, x, what, digits) {
  r <- little(as.matrix(x))
  out(name, list(what = what, `function` = "klantstudie.study.missing.little_mcar", data = list(csv = csv),
    arguments = list(items = names(x)),
    expected = list(table = list(list(term = "little_mcar", statistic = r$d2, df = r$df, p_value = r$p)),
      info = list(n_used = r$n, n_patterns = r$patterns)),
    tolerance = list(default = digits), source = src("Little (1988), distance on the ML moments of lavaan (Rosseel, 2012)")))
}
one("little_holzinger", "data/holzinger_missing.csv", hs, "Little's test on Holzinger and Swineford (1939) with a made missing pattern", 1e-5)
sets <- list(visual = c("x1", "x3", "x4"), textual = c("x5", "x4", "x6"), speed = c("x9", "x4", "x7"), whole = c("x4", "x6"))
tests <- lapply(sets[1:3], function(k) little(as.matrix(hs[k])))
holm <- p.adjust(sapply(tests, `[[`, "p"), "holm")
out("little_sets", list(what = "Little's test for every scale, p values adjusted by Holm; one scale misses nothing",
  `function` = "klantstudie.study.missing.little_mcar", data = list(csv = "data/holzinger_missing.csv"), arguments = list(items = sets),
  expected = list(table = c(lapply(1:3, function(i) list(term = names(sets)[i], n = tests[[i]]$n, statistic = tests[[i]]$d2,
      df = tests[[i]]$df, p_value = tests[[i]]$p, p_adjusted = unname(holm[i]))),
    list(list(term = "whole", note = "no answers are missing", n = nrow(hs), statistic = NULL, df = NULL, p_value = NULL, p_adjusted = NULL))),
    info = list(n_tested = 3, n_used = nrow(hs))),
  tolerance = list(default = 1e-5), source = src("Little (1988), distance on the ML moments of lavaan (Rosseel, 2012); p.adjust")))
aq <- airquality[c("Ozone", "Solar.R", "Wind", "Temp")]
write.csv(aq, "tests/reference/data/airquality.csv", row.names = FALSE, na = "")
one("little_airquality", "data/airquality.csv", aq, "Little's test on the New York air quality data of 1973", 1e-5)

# patterns, counted by hand with table()
code <- apply(is.na(aq), 1, function(r) { g <- names(aq)[r]; if (length(g)) paste(g, collapse = ", ") else "complete" })
counts <- table(code)
rows <- lapply(names(counts), function(k) list(term = k, part = "pattern", n = unname(counts[[k]]), share = counts[[k]] / nrow(aq),
  n_missing = if (k == "complete") 0 else length(strsplit(k, ", ")[[1]])))
rows <- c(rows, lapply(names(aq), function(k) list(term = k, part = "item", n = sum(!is.na(aq[[k]])),
  share = mean(is.na(aq[[k]])), n_missing = sum(is.na(aq[[k]])))))
out("pattern_airquality", list(what = "Patterns of missing answers, counted", `function` = "klantstudie.study.missing.pattern",
  data = list(csv = "data/airquality.csv"), arguments = list(items = names(aq)),
  expected = list(table = rows, info = list(n_used = nrow(aq), n_complete = sum(complete.cases(aq)))),
  tolerance = list(default = 1e-12), source = src("base R, table()")))

top <- sort(counts[names(counts) != "complete"], decreasing = TRUE)
out("pattern_most", list(what = "The two most frequent patterns, the others together", `function` = "klantstudie.study.missing.pattern",
  data = list(csv = "data/airquality.csv"), arguments = list(items = names(aq), most = 2),
  expected = list(table = list(
      list(term = "complete", part = "pattern", n = counts[["complete"]], share = counts[["complete"]] / nrow(aq), n_missing = 0),
      list(term = names(top)[1], part = "pattern", n = top[[1]], share = top[[1]] / nrow(aq), n_missing = 1),
      list(term = "other_patterns", part = "pattern", n = sum(top[-1]), share = sum(top[-1]) / nrow(aq), n_missing = NULL)),
    fit = list(share_missing = mean(is.na(as.matrix(aq)))), info = list(n_patterns = length(counts), n_missing = sum(is.na(aq)))),
  tolerance = list(default = 1e-12), source = src("base R, table()")))

# Rubin's rules
pooled <- function(name, q, u, dfcom, what) {
  r <- pool.scalar(q, u^2, n = if (is.finite(dfcom)) dfcom + 1 else Inf, k = 1)
  se <- sqrt(r$t); t <- r$qbar / se; h <- qt(.975, r$df) * se
  one <- function(i) list(`__result__` = list(kind = "made", n_total = 100, n_used = 100,
    rows = list(c(list(term = "b", estimate = q[i], std_error = u[i]), if (is.finite(dfcom)) list(df = dfcom)))))
  out(name, list(what = what, `function` = "klantstudie.study.missing.pool", data = NULL,
    arguments = list(results = lapply(seq_along(q), one)),
    expected = list(table = list(list(term = "b", estimate = r$qbar, std_error = se, statistic = t, df = r$df,
      p_value = 2 * pt(-abs(t), r$df), conf_low = r$qbar - h, conf_high = r$qbar + h, fmi = r$fmi, riv = r$r))),
    tolerance = list(default = 1e-10), source = src("Barnard & Rubin (1999), mice::pool.scalar (van Buuren & Groothuis-Oudshoorn, 2011)")))
}
q <- c(0.51, 0.47, 0.62, 0.55, 0.44); u <- c(0.11, 0.12, 0.10, 0.13, 0.115)
pooled("pool_small_sample", q, u, 96, "Five estimates pooled, 96 complete-data degrees of freedom")
pooled("pool_large_sample", q, u, Inf, "Five estimates pooled, normal statistic")
