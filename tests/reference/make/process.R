# References of the process room: lm, glm, boot, sandwich. Run from the folder tests/reference.
if (basename(getwd()) == "make") setwd("..")
source("make/people.R")
suppressMessages({library(psych); library(boot); library(sandwich)})
tal <- Tal_Or[c("cond", "pmi", "import", "reaction", "gender", "age")]
tal_data <- list(columns = lapply(tal, as.numeric))
hayes <- "Tal-Or, Cohen, Tsfati and Gunther (2010), psych::Tal_Or; Hayes (2022)"
ph <- data.frame(
  satis = c(-.59,1.3,.02,.01,.79,-.35,-.03,1.75,-.8,-1.2,-1.27,.7,-1.59,.68,-.39,1.33,-1.59,1.34,.1,.05,.66,.56,.85,.88,.14,-.72,.84,-1.13,-.13,.2),
  therapy = c(0,1,1,0,1,1,0,1,0,0,0,0,0,0,1,1,0,1,0,1,0,1,1,1,0,1,1,1,1,0),
  attrib = c(-1.17,.04,.58,-.23,.62,-.26,-.28,.52,.34,-.09,-1.09,1.05,-1.84,-.95,.15,.07,-.1,2.35,.75,.49,.67,1.21,.31,1.97,-.94,.11,-.54,-.23,.05,-1.07))
ph_data <- list(columns = as.list(ph))
ph_source <- "Preacher and Hayes (2004), data printed in psych man/mediate.Rd"

paths <- function(term, model, predictor, sds = NULL, level = .95, outcome = all.vars(formula(model))[1]) {
  s <- coef(summary(model))[predictor, ]; z <- inherits(model, "glm"); df <- if (z) Inf else df.residual(model)
  w <- (if (z) qnorm((1 + level) / 2) else qt((1 + level) / 2, df)) * s[2]
  list(term = term, part = "path", estimate = s[[1]], std_error = s[[2]], statistic = s[[3]],
    df = if (z) NA else df, p_value = s[[4]], conf_low = s[[1]] - w[[1]], conf_high = s[[1]] + w[[1]],
    standardized = if (is.null(sds)) NA else s[[1]] * sds[[predictor]] / sds[[outcome]])
}
delta_row <- function(term, estimate, gradient, cov, ratio, level = .95, part = "indirect") {
  se <- sqrt(drop(t(gradient) %*% cov %*% gradient)); z <- estimate / se; w <- qnorm((1 + level) / 2) * se
  list(term = term, part = part, estimate = estimate, std_error = se, statistic = z, df = NA, p_value = 2 * pnorm(-abs(z)),
    conf_low = estimate - w, conf_high = estimate + w, standardized = estimate * ratio)
}
boot_row <- function(term, b, i, type, ratio, level = .95, part = "indirect") {
  ci <- if (type == "bca") boot.ci(b, level, "bca", index = i, L = empinf(b, index = i, type = "jack"))$bca[4:5] else quantile(b$t[, i], c((1 - level) / 2, (1 + level) / 2))
  row <- list(term = term, part = part, estimate = b$t0[[i]], std_error = sd(b$t[, i]), statistic = NA, df = NA,
    conf_low = ci[[1]], conf_high = ci[[2]])
  if (!is.null(ratio)) row$standardized <- b$t0[[i]] * ratio
  if (type == "percentile") row$p_value <- 2 * min(mean(b$t[, i] <= 0), mean(b$t[, i] >= 0))
  row
}
# Four standard errors of what chance does to an end, a standard deviation and a p value in 5,000 to 10,000 draws.
resampling <- function(s, type = "", k = if (type == "bca") .35 else .2) list(default = 1e-8,
  conf_low = list(abs = k * s), conf_high = list(abs = k * s),
  std_error = list(abs = .06 * s), p_value = list(abs = .06))

# ---- Preacher and Hayes (2004): one mediator, four kinds of interval
m1 <- lm(attrib ~ therapy, ph); m2 <- lm(satis ~ therapy + attrib, ph); m3 <- lm(satis ~ therapy, ph); sds <- sapply(ph, sd)
three <- list(paths("a", m1, "therapy", sds), paths("b", m2, "attrib", sds), paths("direct", m2, "therapy", sds),
  paths("total", m3, "therapy", sds))
a <- coef(m1)[["therapy"]]; b <- coef(m2)[["attrib"]]; ratio <- sds[["therapy"]] / sds[["satis"]]
sobel <- delta_row("indirect", a * b, c(b, a), diag(c(vcov(m1)["therapy", "therapy"], vcov(m2)["attrib", "attrib"])), ratio)
stopifnot(abs(sobel$std_error - .1910298) < 1e-6, abs(sobel$statistic - 1.730675) < 1e-5)
call <- list(x = "therapy", m = "attrib", y = "satis")
r2 <- list(r_squared = summary(m2)$r.squared)
truth("process", "mediation_delta", "mediation", "one mediator, first-order delta method", ph_data, c(call, method = "delta"),
  c(three, list(sobel)), r2, list(n_used = 30, process_model = 4), "lm; sqrt(b^2 var(a) + a^2 var(b))", ph_source)
truth("process", "mediation_moments_delta", "mediation", "the same from means, SDs and correlations, 90%",
  list(moments = list(columns = names(ph), mean = unname(colMeans(ph)), sd = unname(sds), corr = unname(cor(ph)), n = 30)),
  c(call, method = "delta", conf_level = .9), list(paths("a", m1, "therapy", sds, .9), paths("b", m2, "attrib", sds, .9),
    paths("direct", m2, "therapy", sds, .9), paths("total", m3, "therapy", sds, .9),
    delta_row("indirect", a * b, c(b, a), diag(c(vcov(m1)["therapy", "therapy"], vcov(m2)["attrib", "attrib"])), ratio, .9)),
  r2, list(n_used = 30), "lm on the data; the moments are cor, sd and colMeans of them", ph_source)
set.seed(1)
one <- function(d, i) { d <- d[i, ]; unname(coef(lm(attrib ~ therapy, d))[2] * coef(lm(satis ~ therapy + attrib, d))[3]) }
bt <- boot(ph, one, 10000)
for (type in c("percentile", "bca")) truth("process", paste0("mediation_", type), "mediation",
  paste("one mediator, interval:", type), ph_data, c(call, method = type),
  c(three, list(boot_row("indirect", bt, 1, type, ratio))), r2, list(n_used = 30), "boot(ph, one, 10000); boot.ci",
  ph_source, "boot", resampling(sd(bt$t), type))
draws <- rnorm(1e6, a, sqrt(vcov(m1)[2, 2])) * rnorm(1e6, b, sqrt(vcov(m2)[3, 3]))
mc <- list(term = "indirect", part = "indirect", estimate = a * b, std_error = sd(draws),
  conf_low = quantile(draws, .025)[[1]], conf_high = quantile(draws, .975)[[1]], p_value = 2 * mean(draws <= 0))
truth("process", "mediation_montecarlo", "mediation", "one mediator, Monte Carlo interval", ph_data,
  c(call, method = "montecarlo", n_boot = 20000), c(three, list(mc)), r2, NULL, "rnorm(1e6, a, se) * rnorm(1e6, b, se)",
  ph_source, character(), resampling(sd(draws)))

# ---- two mediators with covariates: parallel and serial, by delta, percentile and BCa
sds <- sapply(tal, sd); cv <- c("gender", "age"); ratio <- sds[["cond"]] / sds[["reaction"]]
p1 <- lm(pmi ~ cond + gender + age, tal); p2 <- lm(import ~ cond + gender + age, tal)
s2 <- lm(import ~ cond + pmi + gender + age, tal); yy <- lm(reaction ~ cond + pmi + import + gender + age, tal)
tot <- lm(reaction ~ cond + gender + age, tal); r2 <- list(r_squared = summary(yy)$r.squared)
b1 <- coef(yy)[["pmi"]]; b2 <- coef(yy)[["import"]]; vb <- vcov(yy)[c("pmi", "import"), c("pmi", "import")]
a1 <- coef(p1)[["cond"]]; a2 <- coef(p2)[["cond"]]
# The two equations of the mediators share their residual covariance (seemingly unrelated regressions, same predictors).
cross <- sum(resid(p1) * resid(p2)) / df.residual(p1) * summary(p1)$cov.unscaled["cond", "cond"]
va <- matrix(c(vcov(p1)["cond", "cond"], cross, cross, vcov(p2)["cond", "cond"]), 2)
full <- rbind(cbind(va, matrix(0, 2, 2)), cbind(matrix(0, 2, 2), vb))
parallel_paths <- list(paths("a:pmi", p1, "cond", sds), paths("a:import", p2, "cond", sds), paths("b:pmi", yy, "pmi", sds),
  paths("b:import", yy, "import", sds), paths("direct", yy, "cond", sds), paths("total", tot, "cond", sds))
parallel <- list(x = "cond", m = c("pmi", "import"), y = "reaction", covariates = cv)
truth("process", "mediation_parallel_delta", "mediation", "two parallel mediators, two covariates, delta method", tal_data,
  c(parallel, method = "delta"), c(parallel_paths, list(
    delta_row("indirect:pmi", a1 * b1, c(b1, 0, a1, 0), full, ratio),
    delta_row("indirect:import", a2 * b2, c(0, b2, 0, a2), full, ratio),
    delta_row("indirect", a1 * b1 + a2 * b2, c(b1, b2, a1, a2), full, ratio))), r2, list(n_used = 123, process_model = 4),
  "lm; covariance of a1 and a2 from the residuals (SUR)", hayes)
d21 <- coef(s2)[["pmi"]]; as2 <- coef(s2)[["cond"]]; vs <- vcov(s2)[c("cond", "pmi"), c("cond", "pmi")]
fs <- matrix(0, 5, 5); fs[1, 1] <- vcov(p1)["cond", "cond"]; fs[2:3, 2:3] <- vs; fs[4:5, 4:5] <- vb  # a1, a2, d, b1, b2
serial_paths <- list(paths("a:pmi", p1, "cond", sds), paths("a:import", s2, "cond", sds), paths("d:pmi>import", s2, "pmi", sds),
  paths("b:pmi", yy, "pmi", sds), paths("b:import", yy, "import", sds), paths("direct", yy, "cond", sds),
  paths("total", tot, "cond", sds))
g <- list(c(b1, 0, 0, a1, 0), c(0, b2, 0, 0, as2), c(d21 * b2, 0, a1 * b2, 0, a1 * d21))
e <- c(a1 * b1, as2 * b2, a1 * d21 * b2)
serial <- c(parallel, serial = TRUE)
truth("process", "mediation_serial_delta", "mediation", "two serial mediators, two covariates, delta method", tal_data,
  c(serial, method = "delta"), c(serial_paths, list(delta_row("indirect:pmi", e[1], g[[1]], fs, ratio),
    delta_row("indirect:import", e[2], g[[2]], fs, ratio), delta_row("indirect:pmi>import", e[3], g[[3]], fs, ratio),
    delta_row("indirect", sum(e), g[[1]] + g[[2]] + g[[3]], fs, ratio))), r2, list(process_model = 6), "lm; gradient by hand",
  hayes)
set.seed(2)
both <- function(d, i) { d <- d[i, ]; p1 <- coef(lm(pmi ~ cond + gender + age, d)); p2 <- coef(lm(import ~ cond + gender + age, d))
  s2 <- coef(lm(import ~ cond + pmi + gender + age, d)); y <- coef(lm(reaction ~ cond + pmi + import + gender + age, d))
  pa <- c(p1["cond"] * y["pmi"], p2["cond"] * y["import"]); se <- c(pa[1], s2["cond"] * y["import"], p1["cond"] * s2["pmi"] * y["import"])
  unname(c(pa, sum(pa), se, sum(se))) }
bt <- boot(tal, both, 10000)
for (type in c("percentile", "bca")) {
  truth("process", paste0("mediation_parallel_", type), "mediation", paste("two parallel mediators,", type), tal_data,
    c(parallel, method = type), c(parallel_paths, Map(function(t, i) boot_row(t, bt, i, type, ratio),
      c("indirect:pmi", "indirect:import", "indirect"), 1:3) |> unname()), r2, NULL, "boot(tal, both, 10000); boot.ci", hayes,
    "boot", resampling(max(apply(bt$t[, 1:3], 2, sd)), type))
  truth("process", paste0("mediation_serial_", type), "mediation", paste("two serial mediators,", type), tal_data,
    c(serial, method = type), c(serial_paths, Map(function(t, i) boot_row(t, bt, i, type, ratio),
      c("indirect:pmi", "indirect:import", "indirect:pmi>import", "indirect"), 4:7) |> unname()), r2, NULL,
    "boot(tal, both, 10000); boot.ci", hayes, "boot", resampling(max(apply(bt$t[, 4:7], 2, sd)), type))
}

# ---- yes-or-no outcome
tal$high <- as.numeric(tal$reaction > 4)
bin <- glm(high ~ cond + pmi + age, binomial, tal); pa <- lm(pmi ~ cond + age, tal)
bin_paths <- list(paths("a", pa, "cond", sds), paths("b", bin, "pmi"), paths("direct", bin, "cond"))
a <- coef(pa)[["cond"]]; b <- coef(bin)[["pmi"]]; v <- diag(c(vcov(pa)["cond", "cond"], vcov(bin)["pmi", "pmi"]))
bin_data <- list(columns = lapply(tal, as.numeric))
bin_call <- list(x = "cond", m = "pmi", y = "high", covariates = "age", outcome = "binary")
bin_call$covariates <- I("age")
glm_tolerance <- function(t) c(t, list(statistic = 1e-6))
truth("process", "mediation_binary_delta", "mediation", "logistic y, one covariate, delta method", bin_data,
  c(bin_call, method = "delta"), c(bin_paths, list(delta_row("indirect", a * b, c(b, a), v, NA))),
  list(loglik = as.numeric(logLik(bin))), list(process_model = 4), "lm, glm(binomial)", hayes, character(), list(default = 1e-6))
set.seed(3)
bo <- boot(tal, function(d, i) { d <- d[i, ]; coef(lm(pmi ~ cond + age, d))[["cond"]] *
  coef(glm(high ~ cond + pmi + age, binomial, d))[["pmi"]] }, 5000)
for (type in c("percentile", "bca")) truth("process", paste0("mediation_binary_", type), "mediation",
  paste("logistic y, one covariate,", type), bin_data, c(bin_call, method = type, n_boot = 4000),
  c(bin_paths, list(boot_row("indirect", bo, 1, type, NULL))), list(loglik = as.numeric(logLik(bin))), NULL,
  "boot with lm and glm(binomial), 5000 draws", hayes, "boot", modifyList(resampling(sd(bo$t), type), list(default = 1e-6)))

# ---- moderation, simple slopes, Johnson-Neyman
contrast <- function(model, v, weights, term, part, level = .95, ...) {
  est <- sum(weights * coef(model)); se <- sqrt(drop(t(weights) %*% v %*% weights)); df <- df.residual(model)
  w <- qt((1 + level) / 2, df) * se
  list(term = term, part = part, ..., estimate = est, std_error = se, statistic = est / se, df = df,
    p_value = 2 * pt(-abs(est / se), df), conf_low = est - w, conf_high = est + w)
}
mod <- function(x, w, y, covariates, center, errors, points, labels, level = .95) {
  d <- tal; cx <- if (center) mean(d[[x]]) else 0; cw <- if (center) mean(d[[w]]) else 0
  d$X <- d[[x]] - cx; d$W <- d[[w]] - cw
  f <- reformulate(c("X", "W", "X:W", covariates), y); k <- 3 + length(covariates)
  # The order of R's terms puts the product last; ours puts it fourth.
  model <- lm(reformulate(c("X", "W", "I(X * W)", covariates), y), d)
  raw <- lm(reformulate(c(x, w, sprintf("I(%s * %s)", x, w), covariates), y), d)
  vc <- function(m) if (errors == "classic") vcov(m) else vcovHC(m, type = toupper(errors))
  names <- c("intercept", x, w, paste0(x, ":", w), covariates)
  rows <- lapply(seq_along(names), function(i) contrast(model, vc(model), diag(length(names))[i, ], names[i], "coefficient",
    level, moderator = NA))
  slopes <- Map(function(p, l) contrast(raw, vc(raw), c(0, 1, 0, p, rep(0, length(covariates))), x, "simple_slope", level,
    choice = l, moderator = p), points, labels) |> unname()
  # Rows are found by their text; several shown values may share a label, so the value's own label is used once.
  small <- lm(reformulate(c("X", "W", covariates), y), d)
  f_change <- unname((coef(model)[4]^2) / vc(model)[4, 4])
  list(rows = c(rows, slopes), fit = list(r_squared = summary(model)$r.squared,
    r_squared_change = summary(model)$r.squared - summary(small)$r.squared, f_change = f_change, df2 = df.residual(model),
    p_change = pf(f_change, 1, df.residual(model), lower.tail = FALSE)), raw = raw, vc = vc(raw))
}
w <- tal$import
r <- mod("pmi", "import", "reaction", character(), TRUE, "classic", mean(w) + c(-1, 0, 1) * sd(w),
  c("mean − 1 SD", "mean", "mean + 1 SD"))
truth("process", "moderation_sd", "moderation", "pmi by import on reaction, centred, at mean and one SD around it", tal_data,
  list(x = "pmi", w = "import", y = "reaction"), r$rows, r$fit, list(n_used = 123, process_model = 1),
  "lm(reaction ~ X * W); contrasts of coef and vcov", hayes)
r <- mod("pmi", "import", "reaction", cv, FALSE, "hc3", unname(quantile(w, c(.16, .5, .84))), c("P16", "P50", "P84"), .9)
truth("process", "moderation_quantiles_hc3", "moderation", "not centred, covariates, percentiles, HC3, 90%", tal_data,
  list(x = "pmi", w = "import", y = "reaction", covariates = cv, center = "none", values = "quantiles", errors = "hc3",
    conf_level = .9), r$rows, r$fit, NULL, "lm, sandwich::vcovHC(type = 'HC3'), quantile(type = 7)", hayes, "sandwich")
r <- mod("pmi", "import", "reaction", character(), TRUE, "classic", 3.5, "value")
truth("process", "moderation_value", "moderation", "at one chosen value", tal_data,
  list(x = "pmi", w = "import", y = "reaction", values = I(3.5)), tail(r$rows, 1), NULL, NULL,
  "lm(reaction ~ X * W); contrast at 3.5", hayes)
for (kind in c("hc0", "hc1", "hc2")) {
  r <- mod("pmi", "import", "reaction", character(), TRUE, kind, mean(w), "mean")
  truth("process", paste0("moderation_", kind), "moderation", paste("pmi by import on reaction,", toupper(kind)), tal_data,
    list(x = "pmi", w = "import", y = "reaction", errors = kind), r$rows, r$fit, NULL, paste0("lm, sandwich::vcovHC(type = '", toupper(kind), "')"),
    hayes, "sandwich")
}
neyman <- function(errors, level, y, covariates = character()) {
  r <- mod("pmi", "age", y, covariates, FALSE, errors, 1, "value", level)
  slope <- function(p) contrast(r$raw, r$vc, c(0, 1, 0, p, rep(0, length(covariates))), "pmi", "", level)
  end <- function(p) { s <- slope(p); abs(s$statistic) - qt((1 + level) / 2, s$df) }
  grid <- seq(min(tal$age) - 40, max(tal$age) + 40, length.out = 4001); v <- sapply(grid, end)
  roots <- sapply(which(v[-1] * v[-length(v)] < 0), function(i) uniroot(end, grid[i + 0:1], tol = 1e-13)$root)
  list(bounds = roots, slope = slope, row = function(p, part, ...) modifyList(slope(p), list(part = part, moderator = p, ...)))
}
for (setting in list(list("classic", .95, "inside", "cond"), list("hc3", .9, "hc3", "reaction"), list("hc1", .95, "covariates", "reaction", c("gender", "import")))) {
  more <- if (length(setting) > 4) setting[[5]] else character()
  z <- neyman(setting[[1]], setting[[2]], setting[[4]], more); cat("bounds", setting[[3]], z$bounds, "range", range(tal$age), "\n")
  rows <- Map(function(p, i) z$row(p, "bound", choice = as.character(i), share = mean(tal$age < p),
    note = if (p < min(tal$age) || p > max(tal$age)) "outside" else ""), z$bounds, seq_along(z$bounds))
  rows <- c(rows, Map(function(p, i) z$row(p, "curve", choice = as.character(i), share = NA), range(tal$age), 1:2))
  truth("process", paste0("johnson_neyman_", setting[[3]]), "johnson_neyman", paste("pmi on", setting[[4]], "by age,", setting[[1]]),
    tal_data, c(list(x = "pmi", w = "age", y = setting[[4]], errors = setting[[1]], conf_level = setting[[2]], points = 2),
      if (length(more)) list(covariates = more)), unname(rows), NULL, list(n_used = 123), "uniroot of |b1 + b3 w| / se - t over w", hayes, "sandwich", list(default = 1e-7, p_value = 1e-7))
}

# ---- moderated mediation
stage_of <- function(stage, covariates, points, method, level = .95, labels = c("mean − 1 SD", "mean", "mean + 1 SD")) {
  d <- tal; cw <- mean(d$age); d$W <- d$age - cw; d$XW <- d$cond * d$W; d$MW <- d$pmi * d$W; p <- points - cw
  fm <- reformulate(c("cond", if (stage != "second") c("W", "XW"), covariates), "pmi")
  fy <- reformulate(c("cond", "pmi", if (stage != "first") c("W", "MW"), covariates), "reaction")
  mm <- lm(fm, d); my <- lm(fy, d); nm <- c(W = "age", XW = "cond:age", MW = "pmi:age")
  label <- function(n) if (n %in% names(nm)) nm[[n]] else n
  rows <- c(lapply(names(coef(mm))[-1], function(n) c(contrast(mm, vcov(mm), 1 * (names(coef(mm)) == n), label(n), "coefficient", level),
      list(group = "pmi"))), lapply(names(coef(my))[-1], function(n) c(contrast(my, vcov(my), 1 * (names(coef(my)) == n), label(n),
      "coefficient", level), list(group = "reaction"))))
  get <- function(m, n) if (n %in% names(coef(m))) coef(m)[[n]] else 0
  effects <- function(mm, my) { e <- (get(mm, "cond") + get(mm, "XW") * p) * (get(my, "pmi") + get(my, "MW") * p)
    c(e, if (stage == "first") get(mm, "XW") * get(my, "pmi") else if (stage == "second") get(mm, "cond") * get(my, "MW") else
      e[which.max(p)] - e[which.min(p)]) }
  e <- effects(mm, my)
  head <- function(i) if (i <= 3) list(term = "indirect", part = "conditional", choice = labels[i], moderator = points[i]) else
    list(term = if (stage == "both") "contrast" else "index", part = "index", moderator = NA)
  if (method == "montecarlo") {
    set.seed(5); b <- c(coef(mm), coef(my)); k <- length(coef(mm)); v <- matrix(0, length(b), length(b))
    v[1:k, 1:k] <- vcov(mm); v[-(1:k), -(1:k)] <- vcov(my); drawn <- matrix(rnorm(2e5 * length(b)), 2e5) %*% chol(v)
    drawn <- sweep(drawn, 2, b, "+"); colnames(drawn) <- c(paste0("m.", names(coef(mm))), paste0("y.", names(coef(my))))
    column <- function(n) if (n %in% colnames(drawn)) drawn[, n] else 0
    es <- sapply(p, function(q) (column("m.cond") + column("m.XW") * q) * (column("y.pmi") + column("y.MW") * q))
    es <- cbind(es, if (stage == "first") column("m.XW") * column("y.pmi") else column("m.cond") * column("y.MW"))
    ends <- apply(es, 2, quantile, c((1 - level) / 2, (1 + level) / 2)); s <- apply(es, 2, sd)
    extra <- lapply(1:3, function(i) c(list(part = "conditional", estimate = e[i], std_error = s[i], conf_low = ends[1, i], conf_high = ends[2, i],
      p_value = 2 * min(mean(es[, i] <= 0), mean(es[, i] >= 0))), head(i)[-2]))
    narrow <<- list(row = c(list(estimate = e[4], std_error = s[4], conf_low = ends[1, 4], conf_high = ends[2, 4]), head(4)), tol = resampling(s[4]))
    tol <- resampling(max(s[1:3]))
  } else if (method == "delta") {
    # Gradient by central differences of the effects in all coefficients.
    cm <- coef(mm); cy <- coef(my); k <- length(cm)
    f <- function(b) { m1 <- mm; m2 <- my; m1$coefficients[] <- b[1:k]; m2$coefficients[] <- b[-(1:k)]; effects(m1, m2) }
    b <- c(cm, cy); h <- 1e-5
    g <- sapply(seq_along(b), function(i) { u <- b; u[i] <- u[i] + h; l <- b; l[i] <- l[i] - h; (f(u) - f(l)) / (2 * h) })
    v <- matrix(0, length(b), length(b)); v[1:k, 1:k] <- vcov(mm); v[-(1:k), -(1:k)] <- vcov(my)
    extra <- lapply(1:4, function(i) { z <- delta_row("", e[i], g[i, ], v, 1, level); z$standardized <- NULL; modifyList(z, head(i)) })
    tol <- list(default = 1e-7)
  } else {
    set.seed(4)
    bt <- boot(d, function(d, i) { d <- d[i, ]; effects(lm(fm, d), lm(fy, d)) }, 5000)
    extra <- lapply(1:4, function(i) modifyList(boot_row("", bt, i, method, NULL), head(i)))
    tol <- resampling(max(apply(bt$t[, 1:3], 2, sd)), method)
    if (stage != "both") extra[[4]]$conf_low <- extra[[4]]$conf_high <- extra[[4]]$std_error <- NULL
    if (stage != "both") narrow <<- list(row = modifyList(boot_row("", bt, 4, method, NULL), head(4)), tol = resampling(sd(bt$t[, 4]), method))
  }
  list(rows = c(rows, extra), fit = list(r_squared = summary(my)$r.squared), tol = tol)
}
points <- mean(tal$age) + c(-1, 0, 1) * sd(tal$age); numbers <- c(first = 7, second = 14, both = 58)
for (stage in names(numbers)) for (method in c("delta", "percentile", "bca")) {
  r <- stage_of(stage, if (stage == "both") "gender" else character(), points, method)
  truth("process", paste0("moderated_mediation_", stage, "_", method), "moderated_mediation",
    paste("cond to reaction through pmi by age, stage", stage, method), tal_data,
    list(x = "cond", m = "pmi", y = "reaction", w = "age", stage = stage,
      covariates = if (stage == "both") I("gender") else list(), method = method), r$rows, r$fit,
    list(process_model = numbers[[stage]], n_used = 123), "lm with products of the centred moderator; delta by differences, boot",
    hayes, "boot", r$tol)
  # The index has another unit than the effects at chosen values, so its ends get a file with a tolerance of their own.
  if (stage != "both" && method != "delta") truth("process", paste0("moderated_mediation_", stage, "_", method, "_index"),
    "moderated_mediation", paste("the index alone,", stage, method), tal_data, list(x = "cond", m = "pmi", y = "reaction",
      w = "age", stage = stage, method = method), list(narrow$row), NULL, NULL, "boot", hayes, "boot", narrow$tol)
}
shown <- unname(quantile(tal$age, c(.16, .5, .84)))
r <- stage_of("second", cv[1], shown, "delta", .9, c("P16", "P50", "P84"))
truth("process", "moderated_mediation_quantiles", "moderated_mediation", "second stage, a covariate, percentiles of age, delta method, 90%", tal_data,
  list(x = "cond", m = "pmi", y = "reaction", w = "age", stage = "second", covariates = I("gender"), values = "quantiles", method = "delta",
    conf_level = .9), r$rows, r$fit, NULL, "lm with products of the centred moderator; delta by differences", hayes, character(), r$tol)
for (stage in c("first", "second")) {
  r <- stage_of(stage, character(), c(20, 25, 30), "montecarlo", .9, c("20", "25", "30"))
  call <- list(x = "cond", m = "pmi", y = "reaction", w = "age", stage = stage, method = "montecarlo", n_boot = 20000, conf_level = .9)
  for (i in 1:3) { row <- r$rows[[length(r$rows) - 3 + i]]; row$choice <- "value"
    truth("process", paste0("moderated_mediation_", stage, "_montecarlo_", row$moderator), "moderated_mediation",
      paste("Monte Carlo, stage", stage, "at the age of", row$moderator, "90%"), tal_data, c(call, list(values = I(row$moderator))), list(row), NULL, NULL,
      "200,000 draws of all coefficients from their joint normal law", hayes, character(), r$tol) }
  truth("process", paste0("moderated_mediation_", stage, "_montecarlo_index"), "moderated_mediation", paste("the index by Monte Carlo, stage", stage, "90%"),
    tal_data, call, list(narrow$row), NULL, NULL, "200,000 draws of all coefficients from their joint normal law", hayes, character(), narrow$tol)
}
