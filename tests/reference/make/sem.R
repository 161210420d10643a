# Makes the references of the room sem from lavaan. Run from the folder tests/reference: Rscript make/sem.R, or only those
# whose name matches a pattern: Rscript make/sem.R wlsmv
# Data: HolzingerSwineford1939, PoliticalDemocracy and Demo.growth ship with lavaan; holzinger_swineford_missing.csv is
# HolzingerSwineford1939 with a made pattern of missing answers, holzinger_swineford_ordered.csv the same cut into five
# ordered categories.
suppressMessages({library(lavaan); library(jsonlite)})
if (basename(getwd()) == "make") setwd("..")

today <- "2026-11-23"
version <- paste0("R ", getRversion(), ", lavaan ", packageVersion("lavaan"))
gates <- list(default = list(abs = 1e-5, rel = 1e-5), std_error = list(abs = 1e-7, rel = 1e-4),
              standardized_error = list(abs = 1e-7, rel = 1e-4), statistic = list(abs = 1e-4, rel = 1e-4),
              conf_low = list(abs = 1e-4, rel = 1e-4), conf_high = list(abs = 1e-4, rel = 1e-4),
              p_value = 1e-4, p_value_scaled = 1e-4, chisq = 1e-3, chisq_scaled = 1e-3, chisq_baseline = 1e-3,
              delta_chisq = 1e-3, loglik = 1e-3, aic = 1e-3, bic = 1e-3, scaling_factor = 1e-4, cfi = 1e-4, tli = 1e-4, rmsea = 1e-4,
              rmsea_low = 1e-4, rmsea_high = 1e-4, srmr = 1e-4)
ordinal <- modifyList(gates, list(default = list(abs = 1e-4, rel = 1e-4), std_error = list(abs = 1e-5, rel = 1e-3),
                                  standardized_error = list(abs = 1e-5, rel = 1e-3)))
control <- list(eval.max = 20000, iter.max = 10000)
only <- commandArgs(trailingOnly = TRUE)
wanted <- function(name) !length(only) || grepl(only[1], name)
quiet <- function(x) suppressWarnings(suppressMessages(x))
write <- function(name, what, fun, data, arguments, expected, command, tolerance = gates,
                  citation = "Rosseel (2012), lavaan: an R package for structural equation modeling") {
  truth <- list(what = what, `function` = paste0("klantstudie.analyses.sem.", fun), data = data,
                arguments = arguments, expected = expected, tolerance = tolerance,
                source = list(kind = "R", citation = citation, command = command, version = version, date = today))
  writeLines(toJSON(truth, auto_unbox = TRUE, digits = NA, pretty = TRUE, null = "null", na = "null"),
             file.path("sem", paste0(name, ".json")))
}
number <- function(x) { x <- as.numeric(x); if (length(x) != 1 || !is.finite(x)) NA else x }

# ---- data
hs <- HolzingerSwineford1939
write.csv(hs, "data/holzinger_swineford.csv", row.names = FALSE)
write.csv(PoliticalDemocracy, "data/political_democracy.csv", row.names = FALSE)
write.csv(Demo.growth, "data/demo_growth.csv", row.names = FALSE)
binary <- as.data.frame(lapply(read.csv("data/holzinger_swineford_ordered.csv")[, paste0("x", 1:9)],
                               function(x) as.integer(x >= 3)))
binary$x9 <- as.integer(read.csv("data/holzinger_swineford_ordered.csv")$x9 == 5 & binary$x7 == 1)
write.csv(binary, "data/holzinger_swineford_binary.csv", row.names = FALSE)
files <- list(binary = list(csv = "data/holzinger_swineford_binary.csv"), hs = list(csv = "data/holzinger_swineford.csv"), pd = list(csv = "data/political_democracy.csv"),
              growth = list(csv = "data/demo_growth.csv"), missing = list(csv = "data/holzinger_swineford_missing.csv"),
              ordered = list(csv = "data/holzinger_swineford_ordered.csv"))
data <- list(binary = read.csv("data/holzinger_swineford_binary.csv"), hs = read.csv("data/holzinger_swineford.csv"), pd = read.csv("data/political_democracy.csv"),
             growth = read.csv("data/demo_growth.csv"), missing = read.csv("data/holzinger_swineford_missing.csv"),
             ordered = read.csv("data/holzinger_swineford_ordered.csv"))

# ---- what an answer holds
part_of <- function(lhs, op, rhs) switch(op, "=~" = "loading", "~" = "regression", "~1" = "intercept", "|" = "threshold",
                                         "~*~" = "scale", ":=" = "defined",
                                         "~~" = if (lhs == rhs) "variance" else "covariance", op)
term_of <- function(lhs, op, rhs) if (op == "~1") paste(lhs, "~1") else if (op == ":=") lhs else paste(lhs, op, rhs)
table_of <- function(fit) {
  partable <- parTable(fit)
  est <- quiet(parameterEstimates(fit, remove.eq = TRUE, remove.system.eq = TRUE))
  std <- quiet(standardizedSolution(fit))
  groups <- lavInspect(fit, "group.label")
  keys <- function(d) paste(d$lhs, d$op, d$rhs, if (is.null(d$group)) 1 else d$group)
  std <- std[match(keys(est), keys(std)), ]
  free <- partable[match(keys(est), keys(partable)), ]
  rows <- lapply(seq_len(nrow(est)), function(i) {
    e <- est[i, ]
    if (e$op == "~*~" && free$free[i] == 0) return(NULL)
    estimated <- e$op == ":=" || (free$free[i] > 0 && number(e$se) > 0)
    row <- list(term = term_of(e$lhs, e$op, e$rhs), part = part_of(e$lhs, e$op, e$rhs),
                group = if (length(groups) && e$op != ":=") groups[e$group] else "", estimate = number(e$est),
                std_error = NA, statistic = NA, p_value = NA, conf_low = NA, conf_high = NA)
    if (estimated) row[c("std_error", "statistic", "p_value", "conf_low", "conf_high")] <-
      list(number(e$se), number(e$z), number(e$pvalue), number(e$ci.lower), number(e$ci.upper))
    row$standardized <- number(std$est.std[i])
    if (!is.na(number(std$se[i])) && std$se[i] > 1e-6) row$standardized_error <- number(std$se[i])
    row
  })
  r2 <- lavInspect(fit, "rsquare")
  if (!is.list(r2)) r2 <- list(r2)
  explained <- unlist(lapply(seq_along(r2), function(g) lapply(names(r2[[g]]), function(v)
    list(term = v, part = "r_squared", group = if (length(groups)) groups[g] else "", estimate = number(r2[[g]][[v]])))),
    recursive = FALSE)
  c(Filter(Negate(is.null), rows), explained)
}
names_of <- c(chisq = "chisq", df = "df", p_value = "pvalue", cfi = "cfi", tli = "tli", rmsea = "rmsea",
              rmsea_low = "rmsea.ci.lower", rmsea_high = "rmsea.ci.upper", srmr = "srmr", loglik = "logl", aic = "aic",
              bic = "bic", n = "ntotal", n_parameters = "npar", chisq_baseline = "baseline.chisq",
              df_baseline = "baseline.df", chisq_scaled = "chisq.scaled", p_value_scaled = "pvalue.scaled",
              scaling_factor = "chisq.scaling.factor", cfi_scaled = "cfi.scaled", tli_scaled = "tli.scaled",
              rmsea_scaled = "rmsea.scaled", rmsea_low_scaled = "rmsea.ci.lower.scaled",
              rmsea_high_scaled = "rmsea.ci.upper.scaled", cfi_robust = "cfi.robust", tli_robust = "tli.robust",
              rmsea_robust = "rmsea.robust", rmsea_low_robust = "rmsea.ci.lower.robust",
              rmsea_high_robust = "rmsea.ci.upper.robust")
measures_of <- function(fit) {
  found <- quiet(fitMeasures(fit))
  here <- names_of[names_of %in% names(found)]
  out <- lapply(here, function(n) number(found[[n]]))
  out$n <- lavInspect(fit, "ntotal")
  # lavaan has no robust indices for ordered items with free scales; ours are those of the same formula
  if (lavInspect(fit, "categorical")) out <- out[!is.na(unlist(out))]
  out
}
# lavaan stops where the gradient is about 1e-7; started again from there it comes closer.
steepness <- function(fit) {
  slope <- lavInspect(fit, "gradient")
  if (fit@Model@eq.constraints) slope <- t(fit@Model@eq.constraints.K) %*% slope
  max(abs(slope))
}
solve_well <- function(options) {
  fit <- quiet(do.call("sem", options))
  stopifnot(lavInspect(fit, "converged"))
  again <- options
  again$group.equal <- again$group.partial <- NULL
  for (i in 1:10) {
    start <- parTable(fit)
    start$ustart[start$free > 0] <- start$est[start$free > 0]
    start$est <- start$se <- start$start <- NULL
    again$model <- start
    if (i > 4) again$control <- list(rel.tol = 1e-15, x.tol = 1e-14, eval.max = 20000, iter.max = 10000)
    if (i > 4) again$optim.force.converged <- TRUE
    if (i > 8) again$optim.method <- "BFGS"
    if (i > 8) again$control <- list(reltol = 1e-16, maxit = 10000)
    new <- quiet(do.call("lavaan", again))
    if (!lavInspect(new, "converged")) next
    stopifnot(max(parTable(new)$free) == max(parTable(fit)$free))
    if (steepness(new) < steepness(fit)) fit <- new
  }
  fit
}
refer <- function(name, what, model, which, ours = list(), theirs = list(), tolerance = gates, info = list()) {
  if (!wanted(name)) return(invisible())
  arguments <- c(list(model = model), ours)
  estimator <- toupper(if (is.null(ours$estimator)) "ml" else ours$estimator)
  options <- c(list(model = model, data = data[[which]], estimator = estimator), theirs)
  if (!is.null(ours$group)) options$group <- ours$group
  if (!is.null(ours$equal)) options$group.equal <- unlist(ours$equal)
  if (!is.null(ours$partial)) options$group.partial <- gsub(" ", "", unlist(ours$partial))
  if (!is.null(ours$likelihood)) options$likelihood <- ours$likelihood
  if (identical(ours$missing, "fiml")) options <- c(options, list(missing = "fiml", em.h1.args = NULL))
  options$em.h1.args <- NULL
  if (estimator == "WLSMV") options$ordered <- TRUE
  options$control <- control
  if (identical(ours$missing, "fiml")) { options$em.h1.iter.max <- 20000; options$em.h1.tol <- 1e-12 }
  fit <- solve_well(options)
  shown <- c(paste0("'", name, "'"), paste0("estimator = '", estimator, "'"),
             if (identical(ours$missing, "fiml")) "missing = 'fiml'",
             if (!is.null(ours$group)) paste0("group = '", ours$group, "'"),
             if (!is.null(ours$equal)) paste0("group.equal = c(", paste0("'", unlist(ours$equal), "'", collapse = ", "), ")"),
             if (!is.null(ours$likelihood)) paste0("likelihood = '", ours$likelihood, "'"))
  write(name, what, "fit", files[[which]], arguments,
        list(table = table_of(fit), fit = measures_of(fit), info = c(list(n_used = lavInspect(fit, "ntotal")), info)),
        paste0("sem(", paste(shown[-1], collapse = ", "), "), started again at its solution"), tolerance)
  invisible(fit)
}

# ---- Holzinger and Swineford, one group
cfa3 <- "visual  =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed   =~ x7 + x8 + x9"
refer("hs_ml", "three factors, maximum likelihood", cfa3, "hs")
refer("hs_wishart", "three factors, Wishart likelihood", cfa3, "hs", list(likelihood = "wishart"))
refer("hs_mlr", "three factors, MLR", cfa3, "hs", list(estimator = "mlr"))
refer("hs_standard_factors", "factor variances 1, two loadings equal, a fixed loading, a start value",
      paste("visual =~ NA*x1 + start(0.5)*x2 + a*x3\ntextual =~ NA*x4 + 0.9*x5 + x6",
            "speed =~ NA*x7 + a*x8 + x9\nvisual ~~ 1*visual\ntextual ~~ 1*textual\nspeed ~~ 1*speed", sep = "\n"), "hs")
refer("hs_second_order", "a general factor behind the three, MLR", paste0(cfa3, "\ngeneral =~ visual + textual + speed"), "hs",
      list(estimator = "mlr"))
refer("hs_orthogonal", "two uncorrelated factors, correlated errors, a label equality by ==",
      "visual =~ x1 + a*x2 + b*x3\ntextual =~ x4 + x5 + x6\nvisual ~~ 0*textual\nx1 ~~ x4\na == b\nratio := a / 2", "hs")
refer("hs_mimic", "factors regressed on two observed variables, MLR",
      paste0(cfa3, "\nvisual + textual + speed ~ ageyr + sex"), "hs", list(estimator = "mlr"))
refer("hs_mimic_means", "the same with a mean structure, maximum likelihood",
      paste0(cfa3, "\nvisual + textual + speed ~ ageyr + sex\nx1 ~ 1"), "hs")
refer("mediation_observed", "mediation among observed variables with :=, MLR",
      "x9 ~ b*x6 + c*x1\nx6 ~ a*x1\nindirect := a*b\ntotal := c + a*b\nshare := indirect / total", "hs", list(estimator = "mlr"))
refer("mediation_latent", "mediation among factors with :=",
      paste0(cfa3, "\nspeed ~ b*textual + c*visual\ntextual ~ a*visual\nindirect := a*b\ntotal := c + indirect"), "hs")
refer("mediation_missing", "mediation among factors with missing answers (FIML, MLR)",
      paste0(cfa3, "\nspeed ~ b*textual + c*visual\ntextual ~ a*visual\nindirect := a*b\ntotal := c + indirect"), "missing",
      list(estimator = "mlr", missing = "fiml"))
refer("regression_correlated", "a regression with correlated outcomes and an exogenous variance written out",
      "x7 + x8 ~ x1 + x4\nx1 ~~ x1\nx1 ~~ x4", "hs")

# ---- Bollen's political democracy
pd <- paste("ind60 =~ x1 + x2 + x3", "dem60 =~ y1 + y2 + y3 + y4", "dem65 =~ y5 + y6 + y7 + y8", "dem60 ~ ind60",
            "dem65 ~ ind60 + dem60", "y1 ~~ y5", "y2 ~~ y4 + y6", "y3 ~~ y7", "y4 ~~ y8", "y6 ~~ y8", sep = "\n")
refer("pd_ml", "industrialisation and democracy with correlated residuals", pd, "pd")
refer("pd_mlr", "the same with MLR", pd, "pd", list(estimator = "mlr"))
equal_pd <- sub("y5 \\+ y6 \\+ y7 \\+ y8", "y5 + a*y6 + b*y7 + c*y8", sub("y1 \\+ y2 \\+ y3 \\+ y4", "y1 + a*y2 + b*y3 + c*y4", pd))
refer("pd_equal_loadings", "the same with loadings equal over time", equal_pd, "pd")
refer("pd_equal_loadings_mlr", "the same with loadings equal over time, MLR, mean structure",
      paste0(equal_pd, "\ny1 ~ i*1\ny5 ~ i*1\ndem65 ~ NA*1"), "pd", list(estimator = "mlr"))

# ---- growth curve
refer("growth", "a linear growth curve with two predictors",
      paste("i =~ 1*t1 + 1*t2 + 1*t3 + 1*t4", "s =~ 0*t1 + 1*t2 + 2*t3 + 3*t4", "i ~ x1 + x2", "s ~ x1 + x2",
            "t1 + t2 + t3 + t4 ~ 0", "i ~ 1\ns ~ 1", sep = "\n"), "growth")

# ---- missing answers
refer("hs_fiml", "three factors, missing answers by FIML", cfa3, "missing", list(missing = "fiml"))
refer("hs_fiml_mlr", "three factors, missing answers by FIML, MLR", cfa3, "missing", list(missing = "fiml", estimator = "mlr"))
refer("hs_fiml_listwise", "three factors, complete cases only", cfa3, "missing", info = list(n_total = 301))
refer("hs_fiml_groups", "two groups with equal loadings and intercepts, missing answers, MLR", cfa3, "missing",
      list(missing = "fiml", estimator = "mlr", group = "school", equal = c("loadings", "intercepts")))

# ---- two groups
school <- function(...) c(list(group = "school"), list(...))
refer("school_configural", "two schools, same form", cfa3, "hs", school())
refer("school_metric", "two schools, equal loadings", cfa3, "hs", school(equal = I("loadings")))
refer("school_scalar", "two schools, equal loadings and intercepts", cfa3, "hs", school(equal = c("loadings", "intercepts")))
refer("school_strict", "two schools, equal loadings, intercepts and residuals", cfa3, "hs",
      school(equal = c("loadings", "intercepts", "residuals")))
refer("school_all", "two schools, everything equal", cfa3, "hs",
      school(equal = c("loadings", "intercepts", "residuals", "lv.variances", "lv.covariances", "means")))
refer("school_scalar_mlr", "two schools, equal loadings and intercepts, MLR", cfa3, "hs",
      school(equal = c("loadings", "intercepts"), estimator = "mlr"))
refer("school_partial", "two schools, two intercepts free", cfa3, "hs",
      school(equal = c("loadings", "intercepts"), partial = c("x3 ~1", "x7 ~1")))
refer("school_wishart", "two schools, equal loadings, Wishart likelihood", cfa3, "hs",
      school(equal = I("loadings"), likelihood = "wishart"))
refer("school_labels", "two schools, labels, fixed and start values by group",
      "visual =~ x1 + c(a, a)*x2 + c(0.7, NA)*x3\ntextual =~ x4 + c(b1, b2)*x5 + x6\ntextual ~ c(r1, r2)*visual\nchange := r2 - r1",
      "hs", school())

# ---- ordered items
refer("hs_wlsmv", "three factors, five ordered categories, WLSMV", cfa3, "ordered", list(estimator = "wlsmv"), tolerance = ordinal)
refer("hs_wlsmv_structural", "regressions among factors of ordered items with :=",
      paste0(cfa3, "\nspeed ~ b*textual + c*visual\ntextual ~ a*visual\nx7 ~~ x8\nindirect := a*b"), "ordered",
      list(estimator = "wlsmv"), tolerance = ordinal)
refer("hs_wlsmv_groups", "two schools, equal loadings and thresholds of ordered items", cfa3, "ordered",
      list(estimator = "wlsmv", group = "school", equal = c("loadings", "thresholds")), tolerance = ordinal)
refer("hs_wlsmv_binary", "items with two categories, one table with an empty cell", cfa3, "binary", list(estimator = "wlsmv"),
      tolerance = ordinal)
refer("mimic_missing", "factors regressed on observed variables, missing answers (FIML)",
      paste0(cfa3, "\nvisual + textual + speed ~ ageyr + sex"), "missing", list(missing = "fiml"))

# ---- modification indices and residuals
setting <- function(ours) {
  found <- list(estimator = toupper(if (is.null(ours$estimator)) "ml" else ours$estimator))
  if (!is.null(ours$group)) found$group <- ours$group
  if (!is.null(ours$equal)) found$group.equal <- unlist(ours$equal)
  if (!is.null(ours$partial)) found$group.partial <- gsub(" ", "", unlist(ours$partial))
  if (!is.null(ours$likelihood)) found$likelihood <- ours$likelihood
  if (identical(ours$missing, "fiml")) found <- c(found, list(missing = "fiml", em.h1.iter.max = 20000, em.h1.tol = 1e-12))
  if (found$estimator == "WLSMV") found$ordered <- TRUE
  found
}
solved <- function(model, which, ours) solve_well(c(list(model = model, data = data[[which]], control = control), setting(ours)))
suggest <- function(name, what, model, which, ours = list(), tolerance = gates) {
  if (!wanted(name)) return(invisible())
  fit <- solved(model, which, ours)
  groups <- lavInspect(fit, "group.label")
  found <- quiet(modindices(fit, sort. = TRUE))
  found <- found[found$mi > 1e-4, ]
  rows <- lapply(seq_len(nrow(found)), function(i) {
    m <- found[i, ]
    list(term = term_of(m$lhs, m$op, m$rhs), part = part_of(m$lhs, m$op, m$rhs),
         group = if (length(groups)) groups[m$group] else "", estimate = number(m$epc), statistic = number(m$mi), df = 1,
         p_value = pchisq(m$mi, 1, lower.tail = FALSE), standardized = number(m$sepc.all))
  })
  write(name, what, "modification", files[[which]], c(list(model = model), ours), list(table = rows, fit = measures_of(fit)),
        "modindices(fit, sort. = TRUE)", tolerance)
}
loose <- modifyList(gates, list(default = 1e-4, statistic = list(abs = 1e-3, rel = 1e-4)))
suggest("modification", "what a three-factor model lacks", cfa3, "hs", tolerance = loose)
suggest("modification_groups", "two schools, equal loadings and intercepts", cfa3, "hs",
        school(equal = c("loadings", "intercepts")), loose)
suggest("modification_missing", "three factors with missing answers", cfa3, "missing", list(missing = "fiml"), loose)
suggest("modification_path", "regressions among factors and an observed predictor", 
        paste0(cfa3, "\ntextual ~ visual\nspeed ~ textual\nx9 ~~ x8"), "hs", tolerance = loose)
suggest("modification_wlsmv", "ordered items", cfa3, "ordered", list(estimator = "wlsmv"), loose)

left_over <- function(name, what, model, which, ours = list(), kind = "correlation", tolerance = gates) {
  if (!wanted(name)) return(invisible())
  fit <- solved(model, which, ours)
  groups <- lavInspect(fit, "group.label")
  type <- if (kind == "correlation") "cor.bollen" else "raw"
  found <- quiet(lavResiduals(fit, type = type, se = TRUE, zstat = TRUE, summary = FALSE))
  if (!length(groups)) found <- list(found)
  ordinal <- lavInspect(fit, "categorical")
  rows <- list()
  for (g in seq_along(found)) {
    f <- found[[g]]
    where <- if (length(groups)) groups[g] else ""
    names(f) <- sub("^cor", "cov", names(f))
    names <- rownames(f$cov)
    row <- function(term, part, value, error, z) list(term = term, part = part, group = where, estimate = number(value),
      std_error = if (is.na(error) || error < 1e-8) NA else number(error), statistic = if (abs(value) < 1e-4) NULL else number(z))
    for (i in seq_along(names)) {
      if (!is.null(f$mean) && !ordinal) rows <- c(rows, list(row(paste(names[i], "~1"), "intercept", f$mean[i], f$mean.se[i], f$mean.z[i])))
      for (j in seq_len(if (kind == "raw") i else i - 1)) rows <- c(rows, list(
        row(paste(names[j], "~~", names[i]), if (i == j) "variance" else "covariance", f$cov[i, j], f$cov.se[i, j], f$cov.z[i, j])))
    }
  }
  rows <- lapply(rows, function(r) { z <- r$statistic
    if (is.null(z) || is.na(r$std_error)) r$statistic <- NULL else r$p_value <- 2 * pnorm(-abs(z)); Filter(Negate(is.null), r) })
  write(name, what, "residuals", files[[which]], c(list(model = model, kind = kind), ours), list(table = rows, fit = measures_of(fit)),
        paste0("lavResiduals(fit, type = '", type, "', se = TRUE, zstat = TRUE)"), tolerance)
}
left_over("residuals", "residual correlations of a three-factor model", cfa3, "hs")
left_over("residuals_raw", "residual covariances of a three-factor model", cfa3, "hs", kind = "raw")
left_over("residuals_groups", "two schools, equal loadings and intercepts", cfa3, "hs", school(equal = c("loadings", "intercepts")))
left_over("residuals_mlr", "residual correlations, MLR", cfa3, "hs", list(estimator = "mlr"))
left_over("residuals_missing", "residual correlations, missing answers", cfa3, "missing", list(missing = "fiml"))
left_over("residuals_wlsmv", "residual polychoric correlations", cfa3, "ordered", list(estimator = "wlsmv"), tolerance = ordinal)

# ---- the ladder of invariance
step_row <- function(name, fit, before = NULL, robust = FALSE, method = "default") {
  m <- quiet(fitMeasures(fit))
  row <- list(term = name, chisq = number(m[["chisq"]]), df = number(m[["df"]]), cfi = number(m[["cfi"]]), tli = number(m[["tli"]]),
              rmsea = number(m[["rmsea"]]), srmr = number(m[["srmr"]]))
  if ("bic" %in% names(m)) row$bic <- number(m[["bic"]])
  if (robust) row[c("chisq_scaled", "cfi_robust", "rmsea_robust")] <-
    list(number(m[["chisq.scaled"]]), number(m[["cfi.robust"]]), number(m[["rmsea.robust"]]))
  row[c("delta_chisq", "delta_df", "p_value", "delta_cfi")] <- NA
  if (!is.null(before)) {
    test <- quiet(lavTestLRT(before, fit, method = method))
    index <- if (robust) "cfi.robust" else "cfi"
    row[c("delta_chisq", "delta_df", "p_value", "delta_cfi")] <-
      list(number(test[2, "Chisq diff"]), number(test[2, "Df diff"]), number(test[2, "Pr(>Chisq)"]),
           number(m[[index]] - quiet(fitMeasures(before))[[index]]))
  }
  row
}
ladder <- list(configural = NULL, metric = "loadings", scalar = c("loadings", "intercepts"),
               strict = c("loadings", "intercepts", "residuals"))
climb <- function(name, what, model, which, ours = list(), steps = names(ladder), tolerance = gates) {
  if (!wanted(name)) return(invisible())
  robust <- identical(ours$estimator, "mlr")
  rows <- list(); before <- NULL
  for (step in steps) {
    fit <- solved(model, which, c(ours, list(group = "school", equal = ladder[[step]])))
    rows <- c(rows, list(step_row(step, fit, before, robust)))
    before <- fit
  }
  write(name, what, "invariance", files[[which]], c(list(model = model, group = "school", steps = steps), ours), list(table = rows),
        if (robust) "lavTestLRT(before, fit), method satorra.bentler.2001" else "lavTestLRT(before, fit)", tolerance)
}
climb("invariance", "the ladder of two schools", cfa3, "hs")
climb("invariance_mlr", "the ladder of two schools, MLR", cfa3, "hs", list(estimator = "mlr"))
climb("invariance_partial", "the ladder with two intercepts free", cfa3, "hs", list(partial = c("x3 ~1", "x7 ~1")))
climb("invariance_missing", "the ladder with missing answers, MLR", cfa3, "missing", list(missing = "fiml", estimator = "mlr"),
      steps = c("configural", "metric", "scalar"))

# lavaan reads c(0, NA) for an intercept as zeros unless the parameters have labels
levels <- paste0("x", 1:9, " ~ c(0, NA)*1 + c(i", 1:9, ", j", 1:9, ")*1", collapse = "\n")
zero <- paste0(c("visual", "textual", "speed"), " ~ c(0, 0)*1", collapse = "\n")
ordinal_steps <- list(configural = list(cfa3, NULL), thresholds = list(paste(cfa3, levels, zero, sep = "\n"), "thresholds"),
                      metric = list(paste(cfa3, levels, zero, sep = "\n"), c("thresholds", "loadings")),
                      scalar = list(cfa3, c("thresholds", "loadings")))
if (wanted("invariance_wlsmv")) {
  rows <- list(); before <- NULL
  for (step in names(ordinal_steps)) {
    fit <- solved(ordinal_steps[[step]][[1]], "ordered", list(estimator = "wlsmv", group = "school", equal = ordinal_steps[[step]][[2]]))
    row <- step_row(step, fit, before, TRUE)
    # lavaan has no robust CFI for models with free scales
    if (is.na(row$cfi_robust)) row[c("cfi_robust", "rmsea_robust", "delta_cfi")] <- NULL
    rows <- c(rows, list(row))
    before <- fit
  }
  write("invariance_wlsmv", "thresholds, loadings and intercepts of ordered items (Wu and Estabrook)", "invariance", files$ordered,
        list(model = cfa3, group = "school", estimator = "wlsmv"), list(table = rows),
        "lavTestLRT(before, fit), method satorra.2000, scaled and shifted", modifyList(ordinal, list(delta_cfi = 2e-4)))
}

# ---- competing models: the difference with the model before, where theory says that they are nested
rivals <- list("three factors" = cfa3, "a loading more" = sub("textual", "visual =~ x9\ntextual", cfa3),
               "an error covariance" = paste(cfa3, "x7 ~~ x8", sep = "\n"), "one factor" = paste("g =~", paste0("x", 1:9, collapse = " + ")),
               "second order" = paste(cfa3, "g =~ visual + textual + speed", sep = "\n"))
nests <- c(FALSE, TRUE, FALSE, TRUE, TRUE)
better <- c("", "yes", "not_testable", "yes", "yes")
compete <- function(name, what, which, ours = list(), tolerance = gates) {
  if (!wanted(name)) return(invisible())
  robust <- !is.null(ours$estimator)
  fits <- lapply(rivals, function(model) solved(model, which, ours))
  rows <- lapply(seq_along(fits), function(i)
    c(step_row(names(rivals)[i], fits[[i]], if (nests[i]) fits[[i - 1]], robust), list(decision = better[i])))
  write(name, what, "compare", files[[which]], c(list(models = rivals), ours), list(table = rows),
        "fitMeasures(fit), lavTestLRT(before, fit)", tolerance)
}
compete("compare", "three factors, a loading or an error covariance more, one factor, a second-order factor", "hs")
compete("compare_mlr", "the same with MLR", "hs", list(estimator = "mlr"))
compete("compare_missing", "the same with missing answers (FIML)", "missing", list(missing = "fiml"))
compete("compare_wlsmv", "the same with ordered items", "ordered", list(estimator = "wlsmv"), modifyList(ordinal, list(delta_cfi = 2e-4)))

# ---- partial invariance: the score test of each release
if (wanted("partial_invariance")) {
  rows <- list(c(step_row("configural", configural <- solved(cfa3, "hs", school())), list(part = "configural")))
  metric <- solved(cfa3, "hs", school(equal = I("loadings")))
  rows <- c(rows, list(c(step_row("metric", metric, configural), list(part = "metric"))))
  freed <- character(0); fit <- solved(cfa3, "hs", school(equal = c("loadings", "intercepts")))
  rows <- c(rows, list(c(step_row("scalar", fit, metric), list(part = "scalar"))))
  for (i in 1:2) {
    score <- quiet(lavTestScore(fit))$uni
    partable <- parTable(fit)
    plabel <- function(p) { r <- partable[match(p, partable$plabel), ]; c(r$op, r$lhs) }
    ops <- t(sapply(score$lhs, plabel))
    score <- score[ops[, 1] == "~1", ]; ops <- ops[ops[, 1] == "~1", ]
    best <- which.max(score$X2)
    freed <- c(freed, paste0(ops[best, 2], "~1"))
    fit <- solved(cfa3, "hs", school(equal = c("loadings", "intercepts"), partial = freed))
    rows <- c(rows, list(c(step_row(sub("~", " ~", tail(freed, 1)), fit, metric), list(part = "scalar", statistic = score$X2[best]))))
  }
  rows <- lapply(rows, function(r) { if (is.null(r$statistic)) r["statistic"] <- NA; r })
  write("partial_invariance", "two intercepts of the two schools are given up", "partial_invariance", files$hs,
        list(model = cfa3, group = "school"), list(table = rows, info = list(freed = sub("~", " ~", freed))), "lavTestScore(fit)$uni", loose)
}

# ---- latent means
means_of <- function(part, ours, which) {
  variances <- "visual ~~ c(v1, v2)*visual\ntextual ~~ c(w1, w2)*textual\nspeed ~~ c(u1, u2)*speed
visual ~ c(0, NA)*1 + c(m0, m)*1\ntextual ~ c(0, NA)*1 + c(n0, n)*1\nspeed ~ c(0, NA)*1 + c(o0, o)*1"
  sizes <- unlist(lavInspect(solved(cfa3, which, ours), "nobs"))
  pooled <- function(v) sprintf("sqrt((%d*%s1 + %d*%s2)/%d)", sizes[1], v, sizes[2], v, sum(sizes))
  text <- paste0(cfa3, "\n", variances, "\nd1 := m/", pooled("v"), "\nd2 := n/", pooled("w"), "\nd3 := o/", pooled("u"))
  fit <- solved(text, which, ours)
  found <- quiet(parameterEstimates(fit))
  rows <- lapply(1:3, function(k) {
    e <- found[found$label == c("m", "n", "o")[k], ]
    d <- found[found$label == paste0("d", k), ]
    list(term = c("visual", "textual", "speed")[k], part = part, group = "Grant-White", reference_group = "Pasteur",
         estimate = e$est, std_error = e$se, statistic = e$z, p_value = e$pvalue, conf_low = e$ci.lower, conf_high = e$ci.upper,
         effect = d$est, effect_low = d$ci.lower, effect_high = d$ci.upper, error = d$se)
  })
  list(rows = rows, fit = fit)
}
# two one-sided tests of d; a word only when both models say it, and a difference only with the same sign
told_of <- function(one, two, bounds) {
  word <- function(r) {
    differs <- r$p_value < .05
    fits <- max(pnorm((r$effect - bounds[1]) / r$error, lower.tail = FALSE), pnorm((r$effect - bounds[2]) / r$error)) < .05
    if (differs && fits) "negligible" else if (differs) "different" else if (fits) "equivalent" else "inconclusive"
  }
  words <- unique(c(word(one), word(two)))
  if (length(words) == 1 && (words == "equivalent" || one$estimate * two$estimate > 0)) words else "inconclusive"
}
latent <- function(name, what, which, ours, partial, bounds = NULL) {
  if (!wanted(name)) return(invisible())
  equal <- c("loadings", "intercepts")
  scalar <- means_of("scalar", c(ours, list(group = "school", equal = equal)), which)
  loose <- means_of("partial", c(ours, list(group = "school", equal = equal, partial = partial)), which)
  plain <- solved(cfa3, which, c(ours, list(group = "school", equal = equal, partial = partial)))
  same <- solved(cfa3, which, c(ours, list(group = "school", equal = c(equal, "means"), partial = partial)))
  test <- quiet(lavTestLRT(plain, same))
  if (!is.null(bounds)) for (k in 1:3)
    scalar$rows[[k]]$decision <- loose$rows[[k]]$decision <- told_of(scalar$rows[[k]], loose$rows[[k]], bounds)
  for (k in 1:3) scalar$rows[[k]]$error <- loose$rows[[k]]$error <- NULL
  write(name, what, "latent_means", files[[which]],
        c(list(model = cfa3, group = "school", partial = partial), if (!is.null(bounds)) list(bounds = bounds), ours),
        list(table = c(scalar$rows, loose$rows), fit = c(measures_of(plain), list(delta_chisq = test[2, "Chisq diff"],
             delta_df = test[2, "Df diff"], delta_p_value = test[2, "Pr(>Chisq)"])), info = list(freed = partial)),
        "group.equal = c('loadings', 'intercepts'), d := mean / sqrt(pooled variance)")
}
latent("latent_means", "factor means of two schools, all and not all intercepts equal", "hs", list(), c("x3 ~1", "x7 ~1"))
latent("latent_means_mlr", "factor means of two schools, missing answers, MLR", "missing", list(missing = "fiml", estimator = "mlr"),
       c("x3 ~1", "x7 ~1"))
latent("latent_means_bounds", "factor means of two schools against bounds of 0.4 standard deviations", "hs", list(),
       c("x3 ~1", "x7 ~1"), c(-0.4, 0.4))
