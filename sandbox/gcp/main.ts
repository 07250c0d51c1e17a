import { serve } from "../provider/serve";
import { GCP } from "./package";

serve(GCP);
