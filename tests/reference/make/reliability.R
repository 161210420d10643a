# Makes the references of the reliability room from R. Run from this folder: Rscript reliability.R
suppressMessages({library(psych); library(lavaan); library(jsonlite)})
setwd("..")

today <- "2026-11-23"
versions <- paste0("R ", getRversion(), ", psych ", packageVersion("psych"), ", lavaan ", packageVersion("lavaan"))
write <- function(name, what, fun, data, arguments, table, command, citation, fit = NULL, info = NULL,
                  tolerance = list(default = 1e-8)) {
  expected <- list(table = table)
  if (!is.null(fit)) expected$fit <- fit
  if (!is.null(info)) expected$info <- info
  truth <- list(what = what, `function` = paste0("klantstudie.analyses.reliability.", fun), data = data,
                arguments = arguments, expected = expected, tolerance = tolerance,
                source = list(kind = "R", citation = citation, command = command, version = versions, date = today))
  writeLines(toJSON(truth, auto_unbox = TRUE, digits = NA, pretty = TRUE, null = "null", na = "null"),
             file.path("reliability", paste0(name, ".json")))
}
quiet <- function(x) suppressWarnings(suppressMessages(x))

hs <- HolzingerSwineford1939[, paste0("x", 1:9)]
write.csv(hs, "data/holzinger_swineford_items.csv", row.names = FALSE)
hs_file <- list(csv = "data/holzinger_swineford_items.csv")
ordered <- read.csv("data/holzinger_swineford_ordered.csv")[, paste0("x", 1:9)]
ordered_file <- list(csv = "data/holzinger_swineford_ordered.csv")
with_gaps <- function(d) { d[c(3, 40, 77), 1] <- NA; d[c(5, 40), 4] <- NA; d }
gaps <- with_gaps(hs)
gaps_columns <- list(columns = as.list(gaps[, c("x4", "x5", "x6")]))

# ---- alpha, Feldt's interval, item statistics
alpha_rows <- function(d, items, standardized) {
  d <- na.omit(d[, items])
  a <- quiet(alpha(d, check.keys = FALSE))
  estimate <- if (standardized) a$total$std.alpha else a$total$raw_alpha
  ci <- alpha.ci(estimate, nrow(d), length(items))
  r <- cor(d)
  list(table = list(list(term = "alpha", n = nrow(d), n_items = length(items), estimate = estimate,
                         conf_low = ci$lower.ci, conf_high = ci$upper.ci)),
       fit = list(mean_correlation = mean(r[lower.tri(r)])), statistics = a)
}
sets <- list(visual = paste0("x", 1:3), textual = paste0("x", 4:6), speed = paste0("x", 7:9))
for (set in names(sets)) for (std in c(FALSE, TRUE)) {
  found <- alpha_rows(hs, sets[[set]], std)
  write(paste0("alpha_", set, if (std) "_standardized" else ""), paste("alpha of the", set, "items"), "alpha", hs_file,
        list(items = sets[[set]], standardized = std), found$table,
        "psych::alpha(d)$total, psych::alpha.ci(alpha, n, p)", "Holzinger and Swineford (1939), lavaan; Feldt (1965)",
        found$fit, list(n_used = 301))
}
found <- alpha_rows(gaps, sets$textual, FALSE)
write("alpha_missing", "alpha where three answers are missing: Feldt uses the n that remains", "alpha", gaps_columns,
      list(items = sets$textual), found$table, "psych::alpha(na.omit(d)), psych::alpha.ci with n = 299",
      "Holzinger and Swineford (1939), lavaan; Feldt (1965)", found$fit, list(n_total = 301, n_used = 299))

for (std in c(FALSE, TRUE)) {
  d <- hs[, 4:9]
  a <- quiet(alpha(d, check.keys = FALSE))
  base <- if (std) as.data.frame(scale(d)) else d
  rest <- sapply(1:6, function(i) cor(base[[i]], rowSums(base[, -i])))
  dropped <- if (std) a$alpha.drop$std.alpha else a$alpha.drop$raw_alpha
  rows <- lapply(1:6, function(i) list(term = names(d)[i], n = 301, n_missing = 0, mean = mean(d[[i]]),
                                       sd = sd(d[[i]]), item_rest = rest[i], if_dropped = dropped[i]))
  write(paste0("item_statistics", if (std) "_standardized" else ""), "item-rest correlation and alpha if dropped",
        "item_statistics", hs_file, list(items = names(d), standardized = std), rows,
        "cor(item, rowSums(others)); psych::alpha(d)$alpha.drop", "Holzinger and Swineford (1939), lavaan",
        list(alpha = if (std) a$total$std.alpha else a$total$raw_alpha))
}

# ---- omega total: one maximum-likelihood factor in lavaan
omega_one <- function(d, std) {
  items <- names(d)
  if (std) d <- as.data.frame(scale(d))
  fit <- cfa(paste("f =~", paste(items, collapse = " + ")), d, std.lv = TRUE,
             control = list(rel.tol = 1e-14, x.tol = 1e-12, iter.max = 5000))
  e <- lavInspect(fit, "est")
  sum(e$lambda)^2 / (sum(e$lambda)^2 + sum(diag(e$theta)))
}
for (std in c(FALSE, TRUE)) {
  d <- hs[, 4:9]
  rows <- list(list(term = "omega_total", n = 301, n_items = 6, estimate = omega_one(d, std), conf_low = NULL,
                    conf_high = NULL))
  write(paste0("omega_total", if (std) "_standardized" else ""), "omega of one factor for six items", "omega", hs_file,
        list(items = names(d), standardized = std, n_boot = 0), rows,
        "lavaan::cfa('f =~ x4 + ... + x9', std.lv = TRUE); sum(lambda)^2 / (sum(lambda)^2 + sum(theta))",
        "McDonald (1999); Holzinger and Swineford (1939), lavaan", tolerance = list(default = 1e-6))
}
set.seed(20261123)
draws <- replicate(2000, omega_one(hs[sample(301, replace = TRUE), 4:6], FALSE))
ci <- quantile(draws, c(.025, .975), na.rm = TRUE)
write("omega_total_interval", "percentile interval of omega over resampled rows", "omega", hs_file,
      list(items = sets$textual, n_boot = 4000),
      list(list(term = "omega_total", estimate = omega_one(hs[, 4:6], FALSE), conf_low = ci[[1]], conf_high = ci[[2]])),
      "2,000 resamples of the rows, lavaan::cfa each; quantile(c(.025, .975))",
      "McDonald (1999); Holzinger and Swineford (1939), lavaan",
      tolerance = list(default = 1e-6, conf_low = 0.004, conf_high = 0.003))

# ---- omega hierarchical
schmid_rows <- function(d, m, std) {
  found <- quiet(omega(d, m, plot = FALSE))
  if (std) { h <- found$omega_h; t <- found$omega.tot } else {
    s <- sapply(d, sd)
    h <- sum(found$schmid$sl[, 1] * s)^2 / sum(cov(d))
    t <- 1 - sum(found$schmid$sl[, "u2"] * s^2) / sum(cov(d))
  }
  list(list(term = "omega_hierarchical", n = nrow(d), n_items = ncol(d), estimate = h),
       list(term = "omega_total", estimate = t), list(term = "ecv", estimate = found$ECV[[1]]))
}
for (m in 2:3) for (std in c(FALSE, TRUE)) {
  write(paste0("omega_hierarchical_", m, if (std) "_standardized" else ""),
        paste("omega hierarchical by Schmid-Leiman with", m, "factors"), "omega", hs_file,
        list(items = names(hs), kind = "hierarchical", n_factors = m, standardized = std, n_boot = 0),
        schmid_rows(hs, m, std),
        if (std) "psych::omega(d, m)" else "psych::omega(d, m); loadings and uniquenesses on the scale of the answers",
        "Schmid and Leiman (1957); Holzinger and Swineford (1939), lavaan", tolerance = list(default = 1e-4))
}
set.seed(20261123)
draws <- replicate(600, quiet(omega(hs[sample(301, replace = TRUE), ], 3, plot = FALSE))$omega_h)
ci <- quantile(draws, c(.025, .975))
rows <- schmid_rows(hs, 3, TRUE)[1]
rows[[1]]$conf_low <- ci[[1]]; rows[[1]]$conf_high <- ci[[2]]
write("omega_hierarchical_interval", "percentile interval of omega hierarchical over resampled rows", "omega", hs_file,
      list(items = names(hs), kind = "hierarchical", standardized = TRUE, n_boot = 1000), rows,
      "600 resamples of the rows, psych::omega(d, 3)$omega_h each; quantile(c(.025, .975))",
      "Schmid and Leiman (1957); Holzinger and Swineford (1939), lavaan",
      tolerance = list(default = 1e-4, conf_low = 0.04, conf_high = 0.02))

# ---- ordinal alpha: alpha of lavaan's two-step polychorics
polychoric_of <- function(d) { d[] <- lapply(d, ordered); unclass(lavCor(d, ordered = names(d))) }
ordinal <- function(d) { r <- polychoric_of(d); p <- ncol(d); p / (p - 1) * (1 - p / sum(r)) }
rows <- list(list(term = "ordinal_alpha", n = 301, n_items = 9, estimate = ordinal(ordered), conf_low = NULL,
                  conf_high = NULL))
write("ordinal_alpha", "alpha of polychoric correlations of nine items in five categories", "ordinal_alpha",
      ordered_file, list(items = names(ordered)), rows,
      "lavaan::lavCor(d, ordered = names(d)); p / (p - 1) * (1 - p / sum(R))",
      "Zumbo, Gadermann and Zeisser (2007); Holzinger and Swineford (1939) cut into five categories",
      tolerance = list(default = 1e-6))
set.seed(20261123)
textual <- ordered[, 4:6]
draws <- replicate(600, ordinal(textual[sample(301, replace = TRUE), ]))
ci <- quantile(draws, c(.025, .975))
write("ordinal_alpha_interval", "percentile interval of ordinal alpha", "ordinal_alpha", ordered_file,
      list(items = names(textual), n_boot = 600),
      list(list(term = "ordinal_alpha", estimate = ordinal(textual), conf_low = ci[[1]], conf_high = ci[[2]])),
      "600 resamples of the rows, lavaan::lavCor each; quantile(c(.025, .975))",
      "Zumbo, Gadermann and Zeisser (2007); Holzinger and Swineford (1939) cut into five categories",
      tolerance = list(default = 1e-6, conf_low = 0.015, conf_high = 0.01))

# ---- omega of ordered answers (Green and Yang): semTools on a WLSMV fit, observed polychorics in the variance
green_yang <- function(d) {
  suppressMessages(library(semTools))
  fit <- quiet(cfa(paste("f =~", paste(names(d), collapse = " + ")), d, ordered = TRUE, std.lv = TRUE,
                   control = list(rel.tol = 1e-14, x.tol = 1e-12, iter.max = 5000)))
  as.numeric(quiet(compRelSEM(fit, obs.var = TRUE, ord.scale = TRUE)))
}
binary <- read.csv("data/holzinger_swineford_binary.csv")[, c("x4", "x5", "x6", "x1")]
cut_items <- "Green and Yang (2009); Holzinger and Swineford (1939) cut into ordered categories"
omega_call <- "semTools::compRelSEM(cfa('f =~ ...', ordered = TRUE), obs.var = TRUE, ord.scale = TRUE)"
for (set in c("nine", "textual", "binary")) {
  d <- switch(set, nine = ordered, textual = ordered[, 4:6], binary = binary)
  file <- if (set == "binary") list(csv = "data/holzinger_swineford_binary.csv") else ordered_file
  rows <- list(list(term = "ordinal_omega", n = 301, n_items = ncol(d), estimate = green_yang(d), conf_low = NULL,
                    conf_high = NULL))
  write(paste0("ordinal_omega_", set), paste("omega of ordered answers,", set, "items"), "ordinal_omega", file,
        list(items = names(d)), rows, omega_call, cut_items, tolerance = list(default = 1e-6))
}
set.seed(20261128)
draws <- replicate(400, tryCatch(green_yang(textual[sample(301, replace = TRUE), ]), error = function(e) NA))
ci <- quantile(draws, c(.025, .975), na.rm = TRUE)
write("ordinal_omega_interval", "percentile interval of the omega of ordered answers", "ordinal_omega", ordered_file,
      list(items = names(textual), n_boot = 400),
      list(list(term = "ordinal_omega", estimate = green_yang(textual), conf_low = ci[[1]], conf_high = ci[[2]])),
      paste("400 resamples of the rows;", omega_call), cut_items,
      tolerance = list(default = 1e-6, conf_low = 0.015, conf_high = 0.01))
both <- list(textual = paste0("x", 4:6), speed = paste0("x", 7:9))
rows <- do.call(c, lapply(names(both), function(set) {
  d <- ordered[, both[[set]]]
  first <- alpha_rows(ordered, both[[set]], FALSE)$table[[1]]
  row <- function(part, value) list(term = set, part = part, n = 301, n_items = 3, estimate = value, conf_low = NULL,
                                    conf_high = NULL, note = "")
  list(modifyList(first, list(term = set, part = "alpha", note = "")), row("omega_total", omega_one(d, FALSE)),
       row("ordinal_alpha", ordinal(d)), row("ordinal_omega", green_yang(d)))
}))
write("scales_ordered", "reliability of two scales, also with the answers as ordered categories", "scales", ordered_file,
      list(scales = both, ordered = TRUE, n_boot = 0), rows,
      paste("psych::alpha, lavaan::cfa, alpha of lavaan::lavCor;", omega_call), cut_items, info = list(n_used = 301),
      tolerance = list(default = 1e-6))
rows <- do.call(c, lapply(names(both), function(set) {
  d <- hs[, both[[set]]]; a <- quiet(alpha(d, check.keys = FALSE))
  lapply(1:3, function(i) list(term = names(d)[i], group = set, n = 301, n_missing = 0, mean = mean(d[[i]]), sd = sd(d[[i]]),
                               item_rest = cor(d[[i]], rowSums(d[, -i])), if_dropped = a$alpha.drop$raw_alpha[i]))
}))
write("item_statistics_scales", "item-rest correlation and alpha if dropped of two scales", "item_statistics", hs_file,
      list(items = both), rows, "cor(item, rowSums(others)); psych::alpha(d)$alpha.drop",
      "Holzinger and Swineford (1939), lavaan", info = list(n_used = 301))
