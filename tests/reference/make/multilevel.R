# References of the multilevel room: lme4 (bobyqa), lmerTest, clubSandwich, performance. Run from tests/reference.
if (basename(getwd()) == "make") setwd("..")
source("make/people.R")
suppressMessages({library(lme4); library(lmerTest); library(clubSandwich); library(performance); library(multilevel)})
data(bh1996); data(sleepstudy); data(Penicillin); data(Pastes)
used <- c("lme4", "lmerTest")
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5), calc.derivs = TRUE)
fit_lmer <- function(f, d, reml = TRUE) lmerTest::lmer(f, d, REML = reml, control = tight)
line <- function(est, se, df, level = .95) { w <- qt((1 + level) / 2, df) * se
  list(estimate = est, std_error = se, statistic = est / se, df = df, p_value = 2 * pt(-abs(est / se), df), conf_low = est - w, conf_high = est + w) }
fixed <- function(m, names, parts, level = .95, cl = NULL) { s <- coef(summary(m)); se <- s[, 2]; df <- s[, 3]
  if (!is.null(cl)) { v <- vcovCR(m, cluster = cl, type = "CR2"); se <- sqrt(diag(v)); df <- coef_test(m, v, test = "Satterthwaite")$df_Satt }
  lapply(seq_along(names), function(i) c(list(term = names[i], part = parts[i]), line(s[i, 1], se[i], df[i], level))) }
likelihood <- function(m) list(loglik = as.numeric(logLik(m)), deviance = -2 * as.numeric(logLik(m)), aic = AIC(m), bic = BIC(m))
icc0 <- function(d, y, g, reml) { v <- as.data.frame(VarCorr(fit_lmer(as.formula(paste(y, "~ 1 + (1 |", g, ")")), d, reml)))$vcov; v[1] / sum(v) }
johnson <- function(m) { s2 <- sigma(m)^2; vf <- var(as.vector(model.matrix(m) %*% fixef(m)))
  z <- as.matrix(getME(m, "mmList")[[1]]); g <- as.matrix(VarCorr(m)[[1]]); vr <- mean(rowSums((z %*% g) * z))
  c((vf) / (vf + vr + s2), (vf + vr) / (vf + vr + s2)) }
fit_of <- function(m, d, y, g, reml = TRUE) { r <- johnson(m); c(list(icc = icc0(d, y, g, reml), r_squared_marginal = r[1],
  r_squared_conditional = r[2], n_groups = length(unique(d[[g]]))), likelihood(m)) }
loose <- list(default = 1e-5, df = list(rel = 1e-4), p_value = 1e-6)

# ---- sleepstudy: correlated intercepts and slopes, REML and ML
ss <- sleepstudy; ss$Subject <- as.character(ss$Subject); ss_data <- list(columns = list(Reaction = ss$Reaction, Days = ss$Days, Subject = ss$Subject))
belenky <- "Belenky et al. (2003), lme4::sleepstudy"
for (reml in c(TRUE, FALSE)) {
  m <- fit_lmer(Reaction ~ Days + (Days | Subject), ss, reml); v <- as.data.frame(VarCorr(m))
  truth("multilevel", paste0("mixed_slopes_", if (reml) "reml" else "ml"), "mixed", paste("sleepstudy, random slopes,", if (reml) "REML" else "ML"),
    ss_data, list(outcome = "Reaction", predictors = I("Days"), cluster = "Subject", slopes = I("Days"), method = if (reml) "reml" else "ml"),
    c(fixed(m, c("intercept", "Days"), c("fixed", "fixed")), list(list(term = "Subject", part = "variance", estimate = v$vcov[1]),
      list(term = "Days", part = "variance", estimate = v$vcov[2]), list(term = "residual", part = "variance", estimate = v$vcov[4]),
      list(term = "Subject ~~ Days", part = "correlation", estimate = v$sdcor[3]))), fit_of(m, ss, "Reaction", "Subject", reml),
    list(n_used = 180, singular = FALSE, few_groups = TRUE), "lmerTest::lmer(Reaction ~ Days + (Days | Subject)), bobyqa", belenky, used, loose)
}
truth("multilevel", "mixed_printed", "mixed", "sleepstudy as printed, REML", ss_data, list(outcome = "Reaction", predictors = I("Days"), cluster = "Subject", slopes = I("Days")),
  list(list(term = "intercept", part = "fixed", estimate = 251.405, std_error = 6.825), list(term = "Days", part = "fixed", estimate = 10.467, std_error = 1.546),
    list(term = "Subject", part = "variance", estimate = 612.09), list(term = "Days", part = "variance", estimate = 35.07),
    list(term = "residual", part = "variance", estimate = 654.94), list(term = "Subject ~~ Days", part = "correlation", estimate = .07)),
  list(deviance = 1743.6), NULL, "printed", "Bates, Maechler, Bolker and Walker (2015), JSS 67(1), model fm1", character(),
  list(default = list(abs = .01), std_error = list(abs = .001), deviance = list(abs = .05)), kind = "paper")
m <- fit_lmer(Reaction ~ Days + (Days | Subject), ss)
truth("multilevel", "mixed_slopes_cr2", "mixed", "sleepstudy, CR2 errors, 90%", ss_data, list(outcome = "Reaction", predictors = I("Days"),
  cluster = "Subject", slopes = I("Days"), errors = "cr2", conf_level = .9), fixed(m, c("intercept", "Days"), c("fixed", "fixed"), .9, ss$Subject),
  NULL, NULL, "clubSandwich::vcovCR(type = 'CR2'), coef_test Satterthwaite", belenky, c(used, "clubSandwich"), loose)
m <- fit_lmer(Reaction ~ 1 + (1 | Subject), ss); v <- as.data.frame(VarCorr(m))
truth("multilevel", "mixed_null", "mixed", "the null model", ss_data, list(outcome = "Reaction", predictors = list(), cluster = "Subject"),
  c(fixed(m, "intercept", "fixed"), list(list(term = "Subject", part = "variance", estimate = v$vcov[1]))), fit_of(m, ss, "Reaction", "Subject"),
  NULL, "lmer(Reaction ~ 1 + (1 | Subject))", belenky, used, loose)

# ---- bh1996: centring within groups with the group means added back, uneven groups
small <- names(sort(table(bh1996$GRP)))[1:30]
bh <- bh1996[bh1996$GRP %in% small, c("GRP", "COHES", "LEAD", "HRS", "WBEING")]
write.csv(bh, "data/bh1996_part.csv", row.names = FALSE); bh_data <- list(csv = "data/bh1996_part.csv"); cat(nrow(bh), "rows\n")
bliese <- "Bliese and Halverson (1996), multilevel::bh1996, the thirty smallest groups"
for (v in c("HRS", "LEAD")) { bh[[paste0("m", v)]] <- ave(bh[[v]], bh$GRP); bh[[paste0("w", v)]] <- bh[[v]] - bh[[paste0("m", v)]] }
m <- fit_lmer(WBEING ~ wHRS + mHRS + LEAD + (1 | GRP), bh); v <- as.data.frame(VarCorr(m))
truth("multilevel", "mixed_centred", "mixed", "work hours centred within groups, group means added back", bh_data,
  list(outcome = "WBEING", predictors = c("HRS", "LEAD"), cluster = "GRP", center = I("HRS")),
  c(fixed(m, c("intercept", "HRS", "HRS", "LEAD"), c("fixed", "within", "between", "fixed")), list(list(term = "GRP", part = "variance",
    estimate = v$vcov[1]), list(term = "residual", part = "variance", estimate = v$vcov[2]))), fit_of(m, bh, "WBEING", "GRP"),
  list(n_used = nrow(bh)), "lmer(WBEING ~ wHRS + mHRS + LEAD + (1 | GRP))", bliese, used, loose)
truth("multilevel", "mixed_centred_cr2", "mixed", "the same with CR2 errors", bh_data, list(outcome = "WBEING", predictors = c("HRS", "LEAD"),
  cluster = "GRP", center = I("HRS"), errors = "cr2"), fixed(m, c("intercept", "HRS", "HRS", "LEAD"), c("fixed", "within", "between", "fixed"), .95, bh$GRP),
  NULL, NULL, "clubSandwich::vcovCR(type = 'CR2')", bliese, c(used, "clubSandwich"), loose)

# ---- variance parts: crossed (Penicillin, InstEval) and nested with labels that start again (Pastes)
# Profile intervals of two variances, the residual's and their shares: the criterion that lme4 hands out at given relative SDs, minimised
# over what is left free and followed to the quantile of chi-square. lme4's own confint() interpolates the same profile, for ML only.
ends_of <- function(m, terms, level) {
  dev <- lme4::lmer(formula(m), m@frame, REML = isREML(m), devFunOnly = TRUE); env <- environment(dev); reml <- isREML(m); nu <- nobs(m) - if (reml) length(fixef(m)) else 0
  pieces <- function(theta) { dev(pmax(theta, 0)); c(env$pp$ldL2() + if (reml) env$pp$ldRX2() else 0, env$resp$wrss() + env$pp$sqrL(1)) }
  at <- function(theta, l) { k <- pieces(theta); k[1] + 2 * nu * l + k[2] * exp(-2 * l) }
  free <- function(theta) { k <- pieces(theta); k[1] + nu * (log(k[2] / nu) + 1) }
  theta <- getME(m, "theta"); least <- function(f, start, lower) min(sapply(start, function(s)
    nlminb(s, f, lower = lower, control = list(rel.tol = 1e-14, x.tol = 1e-12, eval.max = 2000, iter.max = 1000))$objective))
  top <- nlminb(theta, free, lower = 0, control = list(rel.tol = 1e-14))$objective; limit <- top + qchisq(level, 1)
  with_place <- function(i, own, other) { out <- numeric(2); out[i] <- own; out[3 - i] <- other; out }
  one <- function(f, est, roof) { g <- function(v) f(v) - limit
    low <- if (g(1e-7) <= 0) 0 else uniroot(g, c(1e-7, est), tol = 1e-11)$root; c(low, uniroot(g, c(est, roof), tol = 1e-11)$root) }
  s <- sigma(m); other <- function(i) list(c(theta[3 - i], log(s)), c(.01, log(s) + .1))
  sds <- lapply(1:2, function(i) one(function(v) least(function(q) at(with_place(i, v * exp(-q[2]), q[1]), q[2]), other(i), c(0, -Inf)), max(theta[i] * s, 1e-6), 20 * s * max(theta[i], 1)))
  sds[[3]] <- one(function(v) least(function(q) at(q, log(v)), list(theta, theta + .1), 0), s, 5 * s)
  total <- 1 + sum(theta^2)
  shares <- lapply(1:2, function(i) one(function(q) least(function(o) free(with_place(i, sqrt(q / (1 - q) * (1 + o^2)), o)), list(theta[3 - i], .01), 0), max(theta[i]^2 / total, 1e-6), 1 - 1e-6))
  shares[[3]] <- one(function(q) { r <- sqrt((1 - q) / q); min(sapply(seq(0, pi / 2, length.out = 41), function(a) { f <- function(b) free(r * c(cos(b), sin(b)))
    if (f(a) > limit + 20) Inf else optimize(f, c(max(0, a - .05), min(pi / 2, a + .05)), tol = 1e-10)$objective })) }, 1 / total, 1 - 1e-6)
  place <- c(match(terms, names(getME(m, "flist"))[attr(getME(m, "flist"), "assign")]), 3)
  list(variances = lapply(sds[place], function(v) v^2), shares = shares[place])
}
parts <- function(m, names, n, terms, level = .95, bound = NULL) { v <- as.data.frame(VarCorr(m)); est <- v$vcov[match(c(terms, "Residual"), v$grp)]
  e <- ends_of(m, terms, level); share <- est / sum(est)
  c(lapply(seq_along(est), function(i) { r <- list(term = c(names, "residual")[i], part = "variance", n = n[i], estimate = est[i], conf_low = e$variances[[i]][1],
      conf_high = e$variances[[i]][2], share = share[i], share_low = e$shares[[i]][1], share_high = e$shares[[i]][2])
      if (!is.null(bound) && i == 1) r$decision <- if (r$share_low > bound) "supported" else if (r$share_high < bound) { if (r$share_low > 0) "negligible" else "equivalent" } else "inconclusive"
      r }),
    fixed(m, c("intercept", setdiff(names(fixef(m)), "(Intercept)")), rep("fixed", length(fixef(m))), level)) }
for (reml in c(TRUE, FALSE)) {
  m <- fit_lmer(diameter ~ 1 + (1 | plate) + (1 | sample), Penicillin, reml)
  truth("multilevel", paste0("variance_parts_crossed_", if (reml) "reml" else "ml"), "variance_parts", "plates by samples, crossed",
    list(columns = list(diameter = Penicillin$diameter, plate = as.character(Penicillin$plate), sample = as.character(Penicillin$sample))),
    list(outcome = "diameter", levels = c("plate", "sample"), method = if (reml) "reml" else "ml"), parts(m, c("plate", "sample"), c(24, 6, 144),
      c("plate", "sample")), likelihood(m), list(n_used = 144), "lmer(diameter ~ 1 + (1 | plate) + (1 | sample))", "Davies and Goldsmith (1972), lme4::Penicillin", used, loose)
}
pa <- data.frame(strength = Pastes$strength, batch = as.character(Pastes$batch), cask = as.character(Pastes$cask))
m <- fit_lmer(strength ~ 1 + (1 | batch / cask), pa)
truth("multilevel", "variance_parts_nested", "variance_parts", "casks within batches, labels starting again", list(columns = as.list(pa)),
  list(outcome = "strength", levels = c("batch", "batch/cask"), bound = .3), parts(m, c("batch", "batch/cask"), c(10, 30, 60), c("batch", "cask:batch"), bound = .3), likelihood(m),
  list(n_used = 60, decision = "inconclusive"), "lmer(strength ~ 1 + (1 | batch / cask))", "Davies and Goldsmith (1972), lme4::Pastes", used, loose)
data(InstEval); ie <- InstEval; ie <- ie[as.integer(ie$s) <= 60, ]; ie <- data.frame(y = ie$y, s = as.character(ie$s), d = as.character(ie$d),
  service = as.numeric(as.character(ie$service))); write.csv(ie, "data/insteval_part.csv", row.names = FALSE); cat(nrow(ie), "ratings\n")
m <- fit_lmer(y ~ service + (1 | s) + (1 | d), ie)
truth("multilevel", "variance_parts_predictor", "variance_parts", "ratings of 60 students, crossed with lecturers, one predictor, 90%",
  list(csv = "data/insteval_part.csv"), list(outcome = "y", levels = c("s", "d"), predictors = I("service"), conf_level = .9),
  parts(m, c("s", "d"), c(length(unique(ie$s)), length(unique(ie$d)), nrow(ie)), c("s", "d"), .9), likelihood(m), list(n_used = nrow(ie)),
  "lmer(y ~ service + (1 | s) + (1 | d))", "Bates et al. (2015), lme4::InstEval", used, loose)

# ---- mediation in groups
set.seed(5)
product <- function(a, sa, b, sb, level = .95) { d <- rnorm(1e6, a, sa) * rnorm(1e6, b, sb); list(estimate = a * b, std_error = sd(d),
  conf_low = quantile(d, (1 - level) / 2)[[1]], conf_high = quantile(d, (1 + level) / 2)[[1]], p_value = 2 * min(mean(d <= 0), mean(d >= 0))) }
loose_draws <- function(s) c(loose[c("default", "df")], list(std_error = list(abs = .03 * s, rel = 1e-5), conf_low = list(abs = .06 * s, rel = 1e-5),
  conf_high = list(abs = .06 * s, rel = 1e-5), p_value = list(abs = .03)))
bh$X <- ave(bh$HRS, bh$GRP, FUN = function(h) round(mean(h), 1)); bh_x <- list(columns = list(GRP = bh$GRP, X = bh$X, LEAD = bh$LEAD, WBEING = bh$WBEING, HRS = bh$HRS))
m1 <- fit_lmer(LEAD ~ X + (1 | GRP), bh); m2 <- fit_lmer(WBEING ~ X + wLEAD + mLEAD + (1 | GRP), bh); s1 <- coef(summary(m1)); s2 <- coef(summary(m2))
p <- product(s1[2, 1], s1[2, 2], s2[4, 1], s2[4, 2])
pick <- function(s, i, term, part, level = .95) c(list(term = term, part = part), line(s[i, 1], s[i, 2], s[i, 3], level))
truth("multilevel", "mediation_2_1_1", "mediation_2_1_1", "group work hours, leadership, wellbeing", bh_x, list(x = "X", m = "LEAD", y = "WBEING", cluster = "GRP"),
  list(pick(s1, 2, "a", "between"), pick(s2, 4, "b", "between"), pick(s2, 2, "direct", "between"), pick(s2, 3, "b", "within"),
    c(list(term = "indirect", part = "between"), p)), list(n_groups = 30), list(n_used = nrow(bh)), "two lmer fits; product of a million draws", bliese, used,
  loose_draws(p$std_error))
for (reml in c(TRUE, FALSE)) {
  m1 <- fit_lmer(LEAD ~ wHRS + mHRS + (1 | GRP), bh, reml); m2 <- fit_lmer(WBEING ~ wHRS + mHRS + wLEAD + mLEAD + (1 | GRP), bh, reml)
  s1 <- coef(summary(m1)); s2 <- coef(summary(m2))
  rows <- list(); for (q in list(c("within", 2, 2, 4), c("between", 3, 3, 5))) { i <- as.integer(q[-1])
    rows <- c(rows, list(pick(s1, i[1], "a", q[1]), pick(s2, i[3], "b", q[1]), pick(s2, i[2], "direct", q[1]),
      c(list(term = "indirect", part = q[1]), product(s1[i[1], 1], s1[i[1], 2], s2[i[3], 1], s2[i[3], 2])))) }
  sds <- c(rows[[4]]$std_error, rows[[8]]$std_error)
  truth("multilevel", paste0("mediation_1_1_1_", if (reml) "reml" else "ml"), "mediation_1_1_1", "work hours, leadership, wellbeing, within and between",
    bh_data, list(x = "HRS", m = "LEAD", y = "WBEING", cluster = "GRP", method = if (reml) "reml" else "ml"), rows, list(n_groups = 30),
    list(n_used = nrow(bh)), "two lmer fits; product of a million draws", bliese, used, loose_draws(max(sds)))
}

m1 <- fit_lmer(LEAD ~ X + (1 | GRP), bh, FALSE); m2 <- fit_lmer(WBEING ~ X + wLEAD + mLEAD + (1 | GRP), bh, FALSE); s1 <- coef(summary(m1)); s2 <- coef(summary(m2))
p <- product(s1[2, 1], s1[2, 2], s2[4, 1], s2[4, 2], .9)
truth("multilevel", "mediation_2_1_1_ml", "mediation_2_1_1", "group work hours, leadership, wellbeing by ML, 90%", bh_x, list(x = "X", m = "LEAD", y = "WBEING",
  cluster = "GRP", method = "ml", conf_level = .9), list(pick(s1, 2, "a", "between", .9), pick(s2, 4, "b", "between", .9), pick(s2, 2, "direct", "between", .9),
    pick(s2, 3, "b", "within", .9), c(list(term = "indirect", part = "between"), p)), list(n_groups = 30), NULL, "two lmer fits by ML; product of a million draws",
  bliese, used, loose_draws(p$std_error))

# ---- ranking of providers; a mark of 0 and 1 has binomial limits, interpolated between counts
bh$well <- as.numeric(bh$WBEING > 2.75)
binom_limit <- function(tail, n, p) { r <- qbinom(tail, n, p); (r - (pbinom(r, n, p) - tail) / dbinom(r, n, p)) / n }
for (kind in c("plain", "case_mix", "share")) {
  mix <- kind == "case_mix"; share <- kind == "share"
  d <- bh; d$c <- d$HRS - mean(d$HRS); d$y <- if (share) d$well else d$WBEING
  m <- if (mix) fit_lmer(y ~ c + (1 | GRP), d) else fit_lmer(y ~ 1 + (1 | GRP), d)
  re <- ranef(m, condVar = TRUE)$GRP; cv <- attr(re, "postVar")[1, 1, ]; v <- as.data.frame(VarCorr(m))$vcov; o <- fixef(m)[[1]]
  n <- as.numeric(table(d$GRP)[rownames(re)]); fe <- if (mix) d$y - d$c * fixef(m)[["c"]] else d$y
  est <- o + re[, 1]; se <- sqrt(cv); rel <- v[1] / (v[1] + v[2] / n); adj <- tapply(fe, d$GRP, mean)[rownames(re)]; raw <- tapply(d$y, d$GRP, mean)[rownames(re)]
  u <- qnorm(.975); rk <- rank(-est); lo <- est - u * se; hi <- est + u * se
  low <- if (share) binom_limit(.025, n, o) else o + qt(.025, nrow(d) - 30 - mix) * sqrt(v[2] / n)
  high <- if (share) binom_limit(.975, n, o) else o + qt(.975, nrow(d) - 30 - mix) * sqrt(v[2] / n)
  gap <- outer(est, est, function(a, b) b - a) / sqrt(outer(cv, cv, "+")); above <- pnorm(gap); diag(above) <- 0
  expected <- 1 + rowSums(above); distinct <- mean(abs(gap[upper.tri(gap)]) > u)
  truth("multilevel", paste0("ranking_", kind), "ranking", paste("thirty groups,", c(plain = "no case mix", case_mix = "corrected for hours", share = "a mark of 0 and 1")[[kind]]),
    if (share) list(columns = as.list(d[c("GRP", "well")])) else bh_data, list(outcome = if (share) "well" else "WBEING", cluster = "GRP", case_mix = if (mix) I("HRS") else list()),
    lapply(seq_along(est), function(i) list(term = rownames(re)[i], rank = rk[[i]], expected_rank = expected[[i]], n = n[[i]], mean = raw[[i]], adjusted = adj[[i]],
      estimate = est[i], std_error = se[i], conf_low = lo[i], conf_high = hi[i], reliability = rel[[i]],
      stars = if (lo[i] > o) 3 else if (hi[i] < o) 1 else 2, limit_low = low[[i]], limit_high = high[[i]])),
    list(overall = o, icc = v[1] / sum(v), variance_between = v[1], variance_within = v[2], mean_reliability = mean(rel), share_distinct = distinct, n_groups = 30),
    list(n_used = nrow(bh)), "lmer; ranef(condVar = TRUE); pnorm of all pairs; qt, or qbinom with pbinom", bliese, used, list(default = 1e-5))
}
m <- fit_lmer(WBEING ~ 1 + (1 | GRP), bh); re <- ranef(m, condVar = TRUE)$GRP; se <- sqrt(attr(re, "postVar")[1, 1, ]); o <- fixef(m)[[1]]; u <- qnorm(.95)
lo <- o + re[, 1] - u * se; hi <- o + re[, 1] + u * se
truth("multilevel", "ranking_90", "ranking", "thirty groups, intervals of 90%", bh_data, list(outcome = "WBEING", cluster = "GRP", conf_level = .9),
  lapply(seq_along(lo), function(i) list(term = rownames(re)[i], conf_low = lo[i], conf_high = hi[i], stars = if (lo[i] > o) 3 else if (hi[i] < o) 1 else 2)),
  NULL, NULL, "lmer; ranef(condVar = TRUE)", bliese, used, list(default = 1e-5))
