# References of the meta room: metafor and, for Hunter-Schmidt, the formulas of the book. Run from tests/reference.
if (basename(getwd()) == "make") setwd("..")
source("make/people.R")
suppressMessages(library(metafor))
jar <- read.csv("data/jaramillo2005.csv")  # Jaramillo, Mulki and Marshall (2005), table as stored in R metaSEM
source_of <- "Jaramillo, Mulki and Marshall (2005), JBR 58, 705-714; table as in metaSEM"
jar_data <- list(csv = "data/jaramillo2005.csv")
twice <- ave(jar$study, jar$study, FUN = length) > 1
jar$label <- ifelse(twice, paste0(jar$study, " (", ave(seq_along(jar$study), jar$study, FUN = seq_along), ")"), jar$study)
z <- escalc(measure = "ZCOR", ri = r, ni = N, data = jar)
same <- identity
fit_of <- function(m, level = 95) { ci <- confint(m, level = level, digits = 12, control = list(tol = 1e-12))$random
  list(tau2 = m$tau2, tau2_low = ci[1, 2], tau2_high = ci[1, 3], i_squared = m$I2 / 100, q = m$QE, df = m$k - m$p, q_p = m$QEp) }
rows_of <- function(m, y, v, labels, n, back, kh, level = 95) {
  p <- predict(m, level = level); w <- qnorm(.5 + level / 200) * sqrt(v); r <- identical(back, tanh)
  test <- list(std_error = m$se, statistic = m$zval, df = if (kh) m$dfs else NA, p_value = m$pval)
  pooled <- list(term = "pooled", part = "pooled", estimate = back(m$b[1]), conf_low = back(m$ci.lb), conf_high = back(m$ci.ub),
    pred_low = back(p$pi.lb), pred_high = back(p$pi.ub), n = if (is.null(n)) NA else sum(n))
  plain <- list(term = "pooled", part = "fisher_z", estimate = m$b[1], conf_low = m$ci.lb, conf_high = m$ci.ub,
    pred_low = p$pi.lb, pred_high = p$pi.ub)
  first <- if (r) list(pooled, c(plain, test)) else list(c(pooled, test))
  c(first, lapply(c(1:4, length(y)), function(i) list(term = labels[i], part = "study", estimate = back(y[i]),
    conf_low = back(y[i] - w[i]), conf_high = back(y[i] + w[i]), weight = unname(weights(m)[i]) / 100, n = if (is.null(n)) NA else n[i])))
}
loose <- list(default = 1e-6, tau2_low = 1e-5, tau2_high = 1e-5)
tight <- list(threshold = 1e-14, maxiter = 10000, tol = 1e-14)
for (method in c("REML", "DL", "PM", "ML")) for (kh in c(TRUE, FALSE)) {
  m <- rma(yi, vi, data = z, method = method, test = if (kh) "knha" else "z", control = tight)
  truth("meta", paste0("random_effects_", tolower(method), if (kh) "_kh" else ""), "random_effects",
    paste("61 correlations,", method, if (kh) "Knapp-Hartung"), jar_data,
    list(effect = "r", n = "N", study = "study", method = tolower(method), knapp_hartung = kh),
    rows_of(m, z$yi, z$vi, jar$label, jar$N, tanh, kh), fit_of(m), list(n_used = 61),
    "rma(yi, vi, method, test); predict; confint", source_of, "metafor", loose)
}
stopifnot(abs(rma(yi, vi, data = z, method = "DL")$tau2 - .01658328) < 1e-8)
m <- rma(yi, vi, data = z, level = 90, control = tight)
truth("meta", "random_effects_z", "random_effects", "the same as Fisher z with given variances, 90%",
  list(columns = list(z = as.numeric(z$yi), v = as.numeric(z$vi))), list(effect = "z", variance = "v", measure = "z",
    knapp_hartung = FALSE, conf_level = .9), lapply(rows_of(m, z$yi, z$vi, as.character(0:60), NULL, same, FALSE, 90), function(x) x),
  fit_of(m, 90), NULL, "rma(yi, vi, level = 90)", source_of, "metafor", loose)
nor <- dat.normand1999
nor$s <- with(nor, sqrt(((n1i - 1) * sd1i^2 + (n2i - 1) * sd2i^2) / (n1i + n2i - 2))); nor$d <- with(nor, (m1i - m2i) / s)
smd <- escalc(measure = "SMD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = nor)
m <- rma(yi, vi, data = smd, test = "knha", control = tight); rows <- rows_of(m, smd$yi, smd$vi, nor$source, nor$n1i + nor$n2i, same, TRUE)
rows <- c(rows[1], lapply(rows[-1], function(x) { i <- match(x$term, nor$source); c(x, list(std_error = sqrt(smd$vi[i]))) }))
truth("meta", "random_effects_d", "random_effects", "nine standardised differences, REML, Knapp-Hartung",
  list(columns = list(source = nor$source, d = nor$d, n1 = nor$n1i, n2 = nor$n2i)),
  list(effect = "d", n = c("n1", "n2"), study = "source", measure = "d"), rows, fit_of(m), list(n_used = 9),
  "escalc(measure = 'SMD'); rma(test = 'knha')", "Normand (1999), metadat::dat.normand1999", "metafor", loose)
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
truth("meta", "random_effects_bcg", "random_effects", "thirteen trials of a vaccine, log risk ratios, REML, as printed",
  list(columns = list(y = as.numeric(bcg$yi), v = as.numeric(bcg$vi))), list(effect = "y", variance = "v", measure = "raw", knapp_hartung = FALSE),
  list(list(term = "pooled", part = "pooled", estimate = -.7145, std_error = .1798, statistic = -3.9744, conf_low = -1.0669, conf_high = -.3622)),
  list(tau2 = .3132, i_squared = .9222, q = 152.2330), NULL, "printed output of rma(yi, vi); data: metafor::dat.bcg", "Viechtbauer (2010), JSS 36(3)",
  "metafor", list(default = list(abs = 6e-5)), kind = "paper")

# Meta-regression
reg <- function(m, kh) list(rows = function(names, groups, refs) Map(function(n, g, f, i) list(term = n, group = g,
    reference_group = f, estimate = m$b[i], std_error = m$se[i], statistic = m$zval[i], df = if (kh) m$dfs else NA,
    p_value = m$pval[i], conf_low = m$ci.lb[i], conf_high = m$ci.ub[i]), names, groups, refs, seq_along(names)) |> unname(),
  fit = list(tau2 = m$tau2, i_squared = m$I2 / 100, r_squared = m$R2 / 100, statistic = m$QM, df = m$m,
    df2 = if (kh) m$dfs else NA, p_value = m$QMp, q = m$QE, q_p = m$QEp))
m <- rma(yi, vi, mods = ~ IDV + OC_alpha, data = z, test = "knha", control = tight); r <- reg(m, TRUE)
truth("meta", "regression_numbers", "regression", "individualism and reliability as moderators, REML, Knapp-Hartung", jar_data,
  list(effect = "r", moderators = c("IDV", "OC_alpha"), n = "N"), r$rows(c("intercept", "IDV", "OC_alpha"), "", ""), r$fit,
  list(n_used = m$k), "rma(yi, vi, mods = ~ IDV + OC_alpha, test = 'knha')", source_of, "metafor", list(default = 1e-6))
m <- rma(yi, vi, mods = ~ relevel(factor(sample), "mixed"), data = z, method = "DL", control = tight); r <- reg(m, FALSE)
labels <- levels(factor(jar$sample)); print(labels)
truth("meta", "regression_labels", "regression", "kind of sample as a label, DerSimonian-Laird, normal tests", jar_data,
  list(effect = "r", moderators = I("sample"), n = "N", method = "dl", knapp_hartung = FALSE),
  r$rows(c("intercept", rep("sample", length(labels) - 1)), c("", labels[-1]), c("", rep(labels[1], length(labels) - 1))), r$fit,
  list(n_used = 61), "rma(yi, vi, mods = ~ factor(sample), method = 'DL')", source_of, "metafor", list(default = 1e-6))
two <- subset(jar, sample != "mixed"); two$sales <- as.numeric(two$sample == "sales"); two$v <- (1 - two$r^2)^2 / two$N
m <- rma(r, v, mods = ~ sales, data = two, method = "ML", control = tight); r <- reg(m, FALSE)
cat("T10 moderator", m$b[2], m$se[2], m$zval[2], m$k, "\n")
truth("meta", "regression_ml", "regression", "sales against other samples, raw r with given variances, ML",
  list(columns = list(r = two$r, v = two$v, sales = two$sales)), list(effect = "r", moderators = I("sales"), variance = "v",
    measure = "raw", method = "ml", knapp_hartung = FALSE), r$rows(c("intercept", "sales"), "", ""), r$fit, NULL,
  "rma(r, v, mods = ~ sales, method = 'ML')", source_of, "metafor", list(default = 1e-6))

# Hunter and Schmidt
hs <- function(r, n, A = NULL, level = .95, cred = .8) {
  plain <- weighted.mean(r, n); k <- length(r)
  if (is.null(A)) { m <- plain; vo <- sum(n * (r - m)^2) / sum(n); va <- (1 - m^2)^2 / (mean(n) - 1) } else {
    w <- n * A^2; rc <- r / A; m <- weighted.mean(rc, w); vo <- weighted.mean((rc - m)^2, w)
    va <- weighted.mean((1 - plain^2)^2 / (n - 1) / A^2, w) }
  sd <- sqrt(max(vo - va, 0)); se <- sqrt(vo / k); u <- qnorm((1 + level) / 2) * se; q <- qnorm((1 + cred) / 2) * sd
  list(row = list(n = k, estimate = m, sd = sd, std_error = se, conf_low = m - u, conf_high = m + u, pred_low = m - q,
    pred_high = m + q, share = min(va / vo, 1)), fit = list(variance_observed = vo, variance_artefact = va, n = sum(n)))
}
bare <- hs(jar$r, jar$N)
stopifnot(abs(bare$row$estimate - .1729685) < 1e-7, abs(bare$row$sd - .1163068) < 1e-7)
truth("meta", "hunter_schmidt_bare", "hunter_schmidt", "bare bones", jar_data, list(effect = "r", n = "N"),
  list(c(list(term = "mean_r"), bare$row)), bare$fit, list(n_used = 61), "weighted.mean(r, N); (1 - m^2)^2 / (mean(N) - 1)",
  source_of)
fill <- function(x) ifelse(is.na(x), mean(x, na.rm = TRUE), x)
full <- hs(jar$r, jar$N, sqrt(fill(jar$OC_alpha) * fill(jar$JP_alpha)), .9, .95)
truth("meta", "hunter_schmidt_corrected", "hunter_schmidt", "both reliabilities, missing ones filled, 95% credibility", jar_data,
  list(effect = "r", n = "N", reliability_x = "OC_alpha", reliability_y = "JP_alpha", credibility = .95, conf_level = .9),
  list(c(list(term = "mean_r"), hs(jar$r, jar$N, NULL, .9, .95)$row), c(list(term = "mean_rho"), full$row)), full$fit,
  list(n_used = 61), "weighted by N rxx ryy, each r over sqrt(rxx ryy) (Hunter and Schmidt 2004, ch. 3)", source_of)
some <- subset(jar, !is.na(OC_alpha)); part <- hs(some$r, some$N, sqrt(some$OC_alpha))
truth("meta", "hunter_schmidt_drop", "hunter_schmidt", "one reliability, studies without it dropped", jar_data,
  list(effect = "r", n = "N", reliability_x = "OC_alpha", artefacts = "drop"),
  list(c(list(term = "mean_r"), hs(some$r, some$N)$row), c(list(term = "mean_rho"), part$row)), part$fit,
  list(n_used = nrow(some)), "the same on subset(jar, !is.na(OC_alpha))", source_of)

# Small studies, leave-one-out, cumulative
e <- lm(yi ~ sqrt(vi), weights = 1 / vi, data = z); s <- coef(summary(e)); ci <- confint(e)
t <- regtest(z$yi, z$vi, model = "lm"); stopifnot(abs(t$zval - s[2, 3]) < 1e-8)
points <- lapply(1:3, function(i) list(term = jar$label[i], part = "study", estimate = z$yi[i], std_error = sqrt(z$vi[i])))
truth("meta", "small_study_egger", "small_study", "Egger's regression", jar_data, list(effect = "r", n = "N", study = "study"),
  c(Map(function(n, i) list(term = n, part = "test", estimate = s[i, 1], std_error = s[i, 2], statistic = s[i, 3],
    df = e$df.residual, p_value = s[i, 4], conf_low = ci[i, 1], conf_high = ci[i, 2]), c("slope", "limit"), 2:1) |> unname(), points),
  NULL, NULL, "regtest(yi, vi, model = 'lm'); lm(yi ~ sqrt(vi), weights = 1 / vi)", source_of, "metafor")
small <- z[1:20, ]
few <- suppressWarnings(ranktest(small$yi, small$vi))
truth("meta", "small_study_rank", "small_study", "rank test of twenty studies", list(columns = list(r = small$r, N = small$N)),
  list(effect = "r", n = "N", test = "rank"), list(list(term = "kendall_tau", part = "test", estimate = few$tau[[1]],
    p_value = few$pval[[1]])), NULL, NULL, "ranktest(yi, vi)", source_of, "metafor")
exact <- z[!duplicated(z$N), ][1:9, ]; few <- ranktest(exact$yi, exact$vi)
truth("meta", "small_study_rank_exact", "small_study", "rank test of nine studies without ties",
  list(columns = list(r = exact$r, N = exact$N)), list(effect = "r", n = "N", test = "rank"),
  list(list(term = "kendall_tau", part = "test", estimate = few$tau[[1]], p_value = few$pval[[1]])), NULL, NULL,
  "ranktest(yi, vi)", source_of, "metafor")
ten <- z[1:10, ]; ten$year <- c(2002, 1991, 1994, 1997, 1993, 1990, 1999, 1991, 2000, 1995)
ten_data <- list(columns = list(study = ten$study, r = ten$r, N = ten$N, year = ten$year))
m <- rma(yi, vi, data = ten, test = "knha", control = tight); l <- leave1out(m)
truth("meta", "leave_one_out", "leave_one_out", "ten studies, each left out once", ten_data,
  list(effect = "r", n = "N", study = "study"), lapply(1:10, function(i) list(term = jar$label[i], estimate = tanh(l$estimate[i]),
    conf_low = tanh(l$ci.lb[i]), conf_high = tanh(l$ci.ub[i]), p_value = l$pval[i], tau2 = l$tau2[i])),
  list(minimum = min(tanh(l$estimate)), maximum = max(tanh(l$estimate))), list(n_used = 10), "leave1out(rma(test = 'knha'))",
  source_of, "metafor", list(default = 1e-6))
near <- z[round(z$yi, 1) == .1, ][1:4, ]; near$year <- 2001:2004
n_rows <- lapply(2002:2004, function(u) { m <- rma(yi, vi, data = near[near$year <= u, ], test = "adhoc", level = 90, control = tight)
  list(term = "pooled", wave = as.character(u), n = u - 2000, estimate = m$b[1], conf_low = m$ci.lb, conf_high = m$ci.ub,
    p_value = m$pval, tau2 = m$tau2) })
truth("meta", "cumulative_adhoc", "cumulative", "four studies that lie close together, given variances, the default scale of at least 1",
  list(columns = list(z = near$yi, v = near$vi, year = near$year)), list(effect = "z", by = "year", variance = "v", measure = "z",
    conf_level = .9), n_rows, NULL, list(n_used = 4), "rma(test = 'adhoc', level = 90) on the studies up to each year", source_of,
  "metafor", list(default = 1e-6))
m <- rma(yi, vi, data = near, test = "adhoc", control = tight)
truth("meta", "random_effects_adhoc", "random_effects", "four studies that lie close together, scale of at least 1",
  list(columns = list(z = near$yi, v = near$vi)), list(effect = "z", variance = "v", measure = "z", knapp_hartung = "adhoc"),
  rows_of(m, near$yi, near$vi, as.character(0:3), NULL, same, TRUE)[1], fit_of(m), NULL, "rma(test = 'adhoc')", source_of, "metafor", loose)
same_r <- z[1:10, ]; l <- leave1out(rma(yi, vi, data = same_r, method = "PM", level = 90, control = tight))
truth("meta", "leave_one_out_pm", "leave_one_out", "ten studies, given variances, Paule-Mandel, normal intervals of 90%",
  list(columns = list(z = same_r$yi, v = same_r$vi)), list(effect = "z", variance = "v", measure = "z", method = "pm",
    knapp_hartung = FALSE, conf_level = .9), lapply(1:10, function(i) list(term = as.character(i - 1), estimate = l$estimate[i],
    conf_low = l$ci.lb[i], conf_high = l$ci.ub[i], p_value = l$pval[i], tau2 = l$tau2[i])), NULL, list(n_used = 10),
  "leave1out(rma(method = 'PM', level = 90))", source_of, "metafor", list(default = 1e-6))
m <- rma(yi, vi, mods = ~ OC_alpha, data = z, test = "adhoc", method = "PM", level = 90, control = tight); r <- reg(m, TRUE)
truth("meta", "regression_adhoc", "regression", "reliability as a moderator, Paule-Mandel, scale of at least 1, 90%", jar_data,
  list(effect = "r", moderators = I("OC_alpha"), n = "N", method = "pm", knapp_hartung = "adhoc", conf_level = .9),
  r$rows(c("intercept", "OC_alpha"), "", ""), r$fit, list(n_used = m$k), "rma(yi, vi, mods = ~ OC_alpha, method = 'PM', test = 'adhoc')",
  source_of, "metafor", list(default = 1e-6))
e <- lm(d ~ sqrt(v), weights = 1 / v, data = list(d = smd$yi, v = smd$vi)); s <- coef(summary(e)); ci <- confint(e, level = .9)
truth("meta", "small_study_given", "small_study", "Egger's regression of nine standardised differences with given variances, 90%",
  list(columns = list(source = nor$source, d = smd$yi, v = smd$vi)), list(effect = "d", variance = "v", study = "source",
    measure = "d", conf_level = .9), Map(function(n, i) list(term = n, part = "test", estimate = s[i, 1], std_error = s[i, 2],
    statistic = s[i, 3], df = e$df.residual, p_value = s[i, 4], conf_low = ci[i, 1], conf_high = ci[i, 2]), c("slope", "limit"), 2:1) |>
    unname(), NULL, list(n_used = 9), "lm(yi ~ sqrt(vi), weights = 1 / vi)", "Normand (1999), metadat::dat.normand1999", "metafor")
years <- sort(unique(ten$year)); c_rows <- Filter(Negate(is.null), lapply(years, function(u) { d <- ten[ten$year <= u, ]
  if (nrow(d) < 2) return(NULL)
  m <- rma(yi, vi, data = d, method = "DL", control = tight)
  list(term = "pooled", wave = as.character(u), n = nrow(d), estimate = tanh(m$b[1]), conf_low = tanh(m$ci.lb),
    conf_high = tanh(m$ci.ub), p_value = m$pval, tau2 = m$tau2) }))
truth("meta", "cumulative", "cumulative", "ten studies by year, DerSimonian-Laird", ten_data,
  list(effect = "r", by = "year", n = "N", method = "dl", knapp_hartung = FALSE), c_rows,
  list(minimum = min(sapply(c_rows, `[[`, "estimate")), maximum = max(sapply(c_rows, `[[`, "estimate"))), list(n_used = 10),
  "rma on the studies up to each year", source_of, "metafor", list(default = 1e-6))
